// The causal decoder's panel: the lens is the model's own end, branches, and doors to what is inside
#include <algorithm>
#include <cmath>

#include "core/model/causal_decoder.hpp"
#include "core/tensor/softmax.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/panel.hpp"
#include "tests/support/robot.hpp"
#include "viz/app/worker.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/grid.hpp"
#include "viz/kit/svg.hpp"
#include "viz/model/small_model.hpp"

using namespace orrery;
using namespace orrery::viz;
using Catch::Matchers::WithinAbs;
using test::PanelAtWork;

static PanelAtWork computed(const test::KnobValues& knobs = {}) {
    return test::computed("model/causal_decoder", knobs);
}

TEST_CASE("causal_decoder panel: the lens at the last layer is the model's own answer",
          "[model][causal_decoder][panel]") {
    const auto p = computed();
    const Trace& t = p.trace();
    const Tensor logits = flat_matrix(t["logits"]), share = t["lens.share"], ids = t["lens.id"];
    const Tensor all = softmax(logits);
    const std::size_t last = share.rows() - 1;
    REQUIRE(share.rows() == 5);  // the embedding, and two halves of two blocks
    for (std::size_t i = 0; i < share.cols(); ++i) {
        const auto row = all.row(i);
        const auto best = std::max_element(row.begin(), row.end());
        CHECK(ids.row(last)[i] == float(best - row.begin()));
        CHECK_THAT(share.row(last)[i], WithinAbs(double(*best), 1e-5));
    }
}

TEST_CASE("causal_decoder panel: the length of a row is the root of its squares",
          "[model][causal_decoder][panel]") {
    const auto p = computed();
    const Tensor x = flat_matrix(p.trace()["block.1.y"]);
    for (std::size_t i = 0; i < x.rows(); ++i) {
        double squares = 0;
        for (float v : x.row(i)) squares += double(v) * double(v);
        CHECK_THAT(p.trace()["norms"].row(4)[i], WithinAbs(std::sqrt(squares), 1e-4));
    }
}

TEST_CASE("causal_decoder panel: the same settings give the same model, to the bit",
          "[model][causal_decoder][panel]") {
    model::CausalDecoderConfig config;
    config.vocab_size = 40, config.context = 16, config.layers = 1, config.heads = 1;
    config.width = 8;
    const auto first = trained_model("en", config, 3);
    for (std::uint64_t seed = 10; seed < 17; ++seed)
        trained_model("en", config, seed);  // forget it
    const auto again = trained_model("en", config, 3);
    REQUIRE(first != again);
    CHECK(first->loss == again->loss);
    for (std::size_t i = 0; i < first->weights.list.size(); ++i)
        CHECK(first->weights.list[i].tensor.same_bits(again->weights.list[i].tensor));
    CHECK(first->loss < 2.5f);  // guessing among 40 words: ln 40 = 3.69
}

TEST_CASE("causal_decoder panel: a branch says the chosen token and shares what came before",
          "[model][causal_decoder][panel]") {
    const auto p = computed({{"branch", "3:girl"}});
    const auto &main = p.trace().names("generated"), &other = p.trace().names("branch");
    REQUIRE(other.size() == main.size());
    CHECK(std::equal(main.begin(), main.begin() + 2, other.begin()));
    CHECK(other[2] == "girl");
    // the token after it is drawn from what the model expects after the new text
    const Tensor& drawn = p.trace()["branch.drawn"];
    CHECK(drawn.rows() == main.size());
    for (std::size_t k = 0; k < 3; ++k)
        for (std::size_t id = 0; id < drawn.cols(); ++id)
            CHECK(drawn.row(k)[id] == p.trace()["places.drawn"].row(k)[id]);
}

TEST_CASE("causal_decoder panel: a branch that makes no sense is none",
          "[model][causal_decoder][panel][edge]") {
    for (const char* branch : {"0:girl", "99:girl", "1:zebrafish", "girl", ":", "x:girl"}) {
        CAPTURE(branch);
        CHECK(computed({{"branch", branch}}).trace().names("branch").empty());
    }
}

TEST_CASE("causal_decoder panel: greedy always says the likeliest",
          "[model][causal_decoder][panel]") {
    const auto p = computed({{"temperature", "0"}});
    const auto& d = p.declaration.facts();
    const auto fact = [&](std::string_view name) {
        for (const auto& f : d)
            if (f.name == name) return f.read(p.trace(), p.knobs);
        throw std::runtime_error("no fact");
    };
    CHECK(p.trace().names("generated")[0] == fact("likeliest").text);
    CHECK(fact("choices_left").number == 1);
}

TEST_CASE("causal_decoder panel: words it has never seen, Chinese, and no text",
          "[model][causal_decoder][panel][edge]") {
    PanelAtWork quark("model/causal_decoder", "the quark had a 🦉");
    quark.compute();
    CHECK(quark.trace().text("unknown") == "2");
    CHECK(quark.trace().text("stories") == "en");

    PanelAtWork chinese("model/causal_decoder", "从前，有一个小女孩");
    chinese.compute();
    CHECK(chinese.trace().text("stories") == "zh");
    CHECK(chinese.trace().text("unknown") == "0");

    PanelAtWork empty("model/causal_decoder", "");
    empty.compute();
    CHECK(!empty.trace().find("logits"));
    CHECK(!empty.draw(empty.view()).commands().empty());
}

TEST_CASE("causal_decoder panel: every door opens on the decoder's own tensors",
          "[model][causal_decoder][panel][links]") {
    const auto p = computed();
    const struct {
        const char *id, *prefix, *output, *same;
    } doors[] = {
        {"model/block", "block.1", "y", "block.1.y"},
        {"attention/multi_head", "block.0.attention", "y", "block.0.attention.y"},
        {"model/feed_forward", "block.1.feed_forward", "y", "block.1.feed_forward.y"},
        {"model/embedding", "tokens", "y", "tokens.y"},
        {"norm/layer_norm", "final_norm", "y", "final_norm.y"},
    };
    for (const auto& door : doors) {
        CAPTURE(door.id);
        test::Robot robot("model/causal_decoder");
        Session& s = robot.session;
        const std::string heads =
            door.id == std::string("model/block") || door.id == std::string("attention/multi_head")
                ? "?heads=2"
                : "";
        REQUIRE(s.act(std::string("enter ") + door.prefix + " " + door.id + heads +
                      (door.id == std::string("attention/multi_head") ? "&causal=true" : "")));
        s.settle();
        REQUIRE(s.component() == door.id);
        REQUIRE(s.shown().error == "");
        REQUIRE(s.shown().trace);
        const Tensor &there = (*s.shown().trace)[door.output], &here = p.trace()[door.same];
        REQUIRE(there.size() == here.size());
        for (std::size_t i = 0; i < here.size(); ++i)
            CHECK_THAT(there.flat()[i], WithinAbs(double(here.flat()[i]), 2e-5));
    }
}

TEST_CASE("causal_decoder panel: a door survives in a link, with text and knobs, and leads back",
          "[model][causal_decoder][panel][links]") {
    test::Robot robot("model/causal_decoder");
    Session& s = robot.session;
    REQUIRE(s.act("open model/causal_decoder?text=she%20had%20a%20red%20%26%20ball&layers=1"));
    s.settle();
    const std::string parent = s.link_text();
    const Tensor x = (*s.shown().trace)["block.0.x"];
    REQUIRE(s.act("enter block.0 model/block?heads=2"));
    s.settle();
    const std::string link = s.link_text();
    CHECK((*s.shown().trace)["x"].same_bits(x));

    Session fresh(Session::Pace::at_once);
    REQUIRE(fresh.act("open " + link));
    fresh.settle();
    CHECK(fresh.shown().error == "");
    CHECK((*fresh.shown().trace)["x"].same_bits(x));
    CHECK(fresh.link_text() == link);

    const InputSource source = input_source(fresh.in());
    CHECK(source.prefix == "block.0");
    REQUIRE(fresh.act("open " + source.link));
    fresh.settle();
    CHECK(fresh.link_text() == parent);
}

TEST_CASE("causal_decoder panel: a component that has no such inputs says so",
          "[model][causal_decoder][panel][links]") {
    Session s(Session::Pace::at_once);
    REQUIRE(s.act("open position/sinusoidal?in=model/causal_decoder:next"));
    s.settle();
    CHECK(s.shown().error ==
          "model/causal_decoder:next: has none of the inputs of position/sinusoidal, which ignores "
          "it");
    // a link that leads back to itself ends in an error, not in a crash
    Session loop(Session::Pace::at_once);
    REQUIRE(loop.act("open model/block?in=model/block?in=model/block?in=x"));
    loop.settle();
    CHECK(loop.shown().error != "");
}

TEST_CASE("causal_decoder panel: opens on the trainer's weights of the step on show",
          "[model][causal_decoder][panel][links]") {
    Session s(Session::Pace::at_once);
    REQUIRE(s.act("open model/trainer?layers=1&heads=2&width=16&context=16&batch=4&step=12"));
    s.settle();
    REQUIRE(s.job().position == 12);
    const Tensor expected = (*s.shown().trace)["next_token"];  // after each token of the probe
    const std::string action =
        "enter . model/causal_decoder?layers=1&heads=2&head_width=8&context=16&tokens=6";
    REQUIRE(s.act(action));
    s.settle();
    REQUIRE(s.shown().error == "");
    const Tensor p = softmax(flat_matrix((*s.shown().trace)["logits"]));
    REQUIRE(p.rows() == 6);
    REQUIRE(p.cols() == expected.cols());
    for (std::size_t i = 0; i < p.rows(); ++i)
        for (std::size_t j = 0; j < p.cols(); ++j)
            CHECK_THAT(p.row(i)[j], WithinAbs(double(expected.row(i)[j]), 1e-5));
    CHECK(s.shown().trace->names("tokens")[0] == "O");
    CHECK(s.link_text().find("step%3D12") != std::string::npos);
    // sizes that do not fit are said in one line
    REQUIRE(s.act("set layers 2"));
    s.settle();
    CHECK(s.shown().error.find("weights, wanted") != std::string::npos);
}

TEST_CASE("causal_decoder panel: the guess after every layer stands in the picture at once",
          "[model][causal_decoder][panel]") {
    for (const char* layers : {"1", "2", "4"}) {
        const auto p = computed({{"layers", layers}});
        const Canvas c = p.draw(p.view());
        std::size_t guesses = 0;
        for (const Region& region : c.regions())
            if (region.id.starts_with("early.")) {
                ++guesses;
                CHECK(region.target.tensor == "lens.share");
            }
        CAPTURE(layers);
        CHECK(guesses == std::size_t(layers[0] - '0') + 1);  // the embedding, and every block
    }
}

TEST_CASE("causal_decoder panel: as it opens, the last guess of the strip is the bar's",
          "[model][causal_decoder][panel]") {
    // Both at temperature 1 and with nothing cut off
    const auto p = computed();
    const Tensor &share = p.trace()["lens.share"], &id = p.trace()["lens.id"];
    const std::size_t last = share.rows() - 1, token = share.cols() - 1;
    const auto drawn = p.trace()["places.drawn"].row(0);
    CHECK_THAT(double(drawn[std::size_t(id.row(last)[token])]),
               WithinAbs(double(share.row(last)[token]), 1e-5));
}

TEST_CASE("causal_decoder panel: layer by layer no knob of the draw is shown",
          "[model][causal_decoder][panel]") {
    PanelAtWork p("model/causal_decoder");
    for (const bool of_layers : {false, true}) {
        p.knobs.set("show", of_layers ? "layers" : "model");
        for (const Knob& knob : p.knobs.declared())
            if (knob.name == "temperature" || knob.name == "top_k" || knob.name == "branch") {
                REQUIRE(knob.used);
                CHECK(knob.used(p.knobs) == !of_layers);
            }
    }
}

TEST_CASE("causal_decoder panel: inside a door sizes that the decoder sets are no knobs",
          "[model][causal_decoder][panel][links]") {
    test::Robot robot("model/causal_decoder");
    REQUIRE(robot.session.act("enter tokens model/embedding"));
    robot.session.settle();
    const auto& idle = robot.session.shown().idle_knobs;
    CHECK(std::count(idle.begin(), idle.end(), "d") == 1);
    const std::string inside = test::text_of(robot.frame());
    CHECK(inside.find("Width d\n") == std::string::npos);
    CHECK(inside.find("Position\n") != std::string::npos);  // that one works here, too
    // What is hidden changes nothing
    const Tensor before = (*robot.session.shown().trace)["x"];
    REQUIRE(robot.session.act("set d 7"));
    robot.session.settle();
    CHECK((*robot.session.shown().trace)["x"].same_bits(before));
    robot.go("model/embedding");
    CHECK(robot.session.shown().idle_knobs.empty());
    CHECK(test::text_of(robot.frame()).find("Width d\n") != std::string::npos);
}

TEST_CASE("causal_decoder panel: hovering a number ends in what it is made of and its value",
          "[model][causal_decoder][panel]") {
    const auto p = computed({{"temperature", "0.5"}});
    const Trace& t = p.trace();
    View view = p.view();
    const auto formula = [&](const std::string& tensor, int row, int col) {
        return explain(p.declaration, t, view, {tensor, -1, -1, row, col, -1}).formula;
    };
    //: the share of the likeliest: its score through the exponential, by hand
    const auto logits = t["next.logits"].flat();
    const auto best = std::max_element(logits.begin(), logits.end()) - logits.begin();
    double total = 0;
    for (float l : logits) total += std::exp(2 * double(l));
    const double share = std::exp(2 * double(logits[std::size_t(best)])) / total;
    CHECK(formula("places.drawn", 0, int(best)) ==
          "exp(" + format_value(double(logits[std::size_t(best)])) + " / 0.5) / " +
              format_value(total) + " = " + format_value(share));
    // Of another place the logits are not kept.
    CHECK(formula("places.drawn", 1, 0).starts_with("p = "));
    //: what was there, and what either half added
    const auto number_of = [&](const char* name, std::size_t row, std::size_t col) {
        const Tensor m = flat_matrix(t[name]);
        return double(m.row(row)[col]);
    };
    const double x = number_of("block.1.x", 2, 3), middle = number_of("block.1.middle", 2, 3),
                 y = number_of("block.1.y", 2, 3);
    const auto plus = [](double v) { return (v < 0 ? " − " : " + ") + format_value(std::abs(v)); };
    CHECK(formula("block.1.y", 2, 3) ==
          format_value(x) + plus(middle - x) + plus(y - middle) + " = " + format_value(y));
    CHECK(formula("block.0.feed_forward.active", 1, 5) ==
          "GELU(" + format_value(number_of("block.0.feed_forward.wide", 1, 5)) +
              ") = " + format_value(number_of("block.0.feed_forward.active", 1, 5)));
    //: a token that was added
    view.t = p.length();
    const Canvas picture = p.draw(view);
    for (const Region& region : picture.regions())
        if (region.id == "said.0")
            CHECK(region.tip.ends_with("p = " +
                                       format_value(double(t["generated.share"].flat()[0]))));
}

TEST_CASE("causal_decoder panel: in little height it is drawn smaller, not over itself",
          "[model][causal_decoder][panel]") {
    auto p = computed();
    for (const char* show : {"model", "layers"}) {
        p.knobs.set("show", show);
        View view = p.view();
        view.t = p.length();
        //: the window at 640x480
        view.size = {592, 154};
        const Canvas picture = p.draw(view);
        for (const Region& region : picture.regions()) {
            CAPTURE(show, region.id, region.box.y, region.box.h);
            CHECK(region.box.h > 0);
            CHECK(region.box.bottom() <= view.size.h + 0.5f);
        }
    }
}

TEST_CASE(
    "causal_decoder panel: every step of the motion shows something, and the bars stay with "
    "the rows beside them",
    "[model][causal_decoder][panel][motion]") {
    for (const char* show : {"model", "layers"}) {
        const auto p = computed({{"show", show}});
        View view = p.view();
        std::string before;
        for (double at = 0; at <= p.length(); ++at) {
            view.t = at;
            const std::string picture = to_svg(p.draw(view));
            CAPTURE(show, at);
            CHECK(picture != before);
            if (show == std::string("model"))
                CHECK(picture.find("after “little”") != std::string::npos);
            before = picture;
        }
    }
}

TEST_CASE("causal_decoder panel: a block that is done stays until the next begins",
          "[model][causal_decoder][panel][motion]") {
    const auto p = computed();
    View view = p.view();
    view.presenting = true;
    const auto block_at = [&](double at) {
        view.t = at;
        const Canvas c = p.draw(view);
        for (const Region& region : c.regions())
            for (const char* block : {"0", "1"})
                if (region.id == std::string("open.block.") + block + ".model/block")
                    return std::string(block);
        return std::string();
    };
    // One operation for the rows, two for each block, then the next token
    for (const double at : {0.0, 1.0, 2.0, 3.0}) CHECK(block_at(at) == "0");
    for (const double at : {3.1, 4.0, 5.0, 6.0, 9.0, 12.0}) CHECK(block_at(at) == "1");
    for (const auto& text : test::texts_on(p.draw(view)))
        for (const char* later : {"temperature", "loss", "logit"})
            CHECK(text.find(later) == std::string::npos);
}
