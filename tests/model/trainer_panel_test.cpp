#include <cmath>
#include <string>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/data/corpus.hpp"
#include "core/model/trainer.hpp"
#include "core/tokenizer/bpe.hpp"
#include "core/tokenizer/tokenizer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/layout.hpp"
#include "tests/support/panel.hpp"
#include "tests/support/robot.hpp"
#include "viz/app/session.hpp"
#include "viz/app/workspace.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/panel.hpp"
#include "viz/kit/registry.hpp"

using namespace orrery;
using namespace orrery::viz;

namespace {

// The panel as the program holds it: knobs, text, the job, and the trace at its step.
struct Opened {
    Panel panel = find_panel("model/trainer")->make();
    Declaration declaration;
    Knobs knobs;
    std::shared_ptr<const Workspace> workspace;
    std::unique_ptr<Job> job;

    using Values = std::vector<std::pair<std::string, std::string>>;
    Opened() : Opened(Values{}) {}
    explicit Opened(const Values& values, std::string text = "") {
        panel.declare(declaration);
        knobs = Knobs(declaration.knobs());
        for (const auto& [name, value] : small()) knobs.set(name, value);
        for (const auto& [name, value] : values) knobs.set(name, value);
        workspace = make_workspace(text.empty() ? declaration.default_text() : std::move(text));
        start();
    }
    static Values small() {
        return {
            {"layers", "1"}, {"heads", "2"}, {"width", "32"}, {"context", "16"}, {"batch", "4"}};
    }
    void start() {
        job = declaration.make_job()(knobs, resolve_inputs(declaration, knobs, workspace));
    }
    void train_to(std::size_t step) {
        while (job->position() < step && !job->done()) job->step();
    }
    Trace trace() const {
        Inputs in = resolve_inputs(declaration, knobs, workspace);
        in.set_job(job.get());
        Trace out;
        panel.compute(knobs, in, out);
        return out;
    }
    double fact(std::string_view name) const {
        const Trace t = trace();
        for (const auto& fact : declaration.facts())
            if (fact.name == name) return fact.read(t, knobs).number;
        FAIL("no fact " << name);
        return 0;
    }
};

Canvas drawn(const Opened& o, const Trace& t, Size size, Language language, bool dark) {
    View view;
    view.size = size;
    view.knobs = o.knobs;
    view.t = 4;
    view.language = language;
    view.dark = dark;
    view.component = "model/trainer";
    Canvas c(size, dark);
    o.panel.draw(c, t, view);
    return c;
}

void check_layout(const Opened& o, const Trace& t) {
    for (const Size size : {Size{652, 330}, Size{892, 389}, Size{1400, 760}})
        for (const Language language : {Language::english, Language::chinese})
            for (const bool dark : {true, false}) {
                CAPTURE(size.w, size.h, code(language), dark);
                for (const std::string& problem :
                     test::layout_problems(drawn(o, t, size, language, dark)))
                    FAIL_CHECK(problem);
            }
}

bool same(const Trace& a, const Trace& b) {
    if (a.entries().size() != b.entries().size()) return false;
    for (std::size_t i = 0; i < a.entries().size(); ++i)
        if (a.entries()[i].name != b.entries()[i].name ||
            !a.entries()[i].tensor.same_bits(b.entries()[i].tensor))
            return false;
    return a.text("sample") == b.text("sample");
}

}  // namespace

TEST_CASE("trainer panel: what is shown is what the trainer holds", "[model][trainer_panel]") {
    Opened o;
    o.train_to(30);
    const Trace t = o.trace();
    double loss = 0;
    for (const auto& [name, value] : o.job->scalars())
        if (name == "loss") loss = value;
    CHECK(t["curve.loss"].size() == 30);
    CHECK(t["curve.loss"].flat()[29] == float(loss));
    CHECK(o.fact("loss") == double(float(loss)));
    CHECK(o.fact("step") == 30);
    // every row of attention is a distribution over the tokens up to its own
    const Tensor& a = t["attention"];
    for (std::size_t i = 0; i < a.rows(); ++i) {
        float sum = 0;
        for (float w : a.row(i)) sum += w;
        CHECK_THAT(sum, WithinAbs(1.0, 1e-5));
        for (std::size_t j = i % a.dim(2) + 1; j < a.dim(3); ++j) CHECK(a.row(i)[j] == 0.0f);
    }
    CHECK(t.text("prompt") == "Once upon a time");
    CHECK(!t.text("sample").empty());
}

TEST_CASE("trainer panel: learning shows", "[model][trainer_panel]") {
    Opened text;
    text.train_to(1);
    const double first = text.fact("loss");
    text.train_to(200);
    CHECK_THAT(first, WithinAbs(std::log(52.0), 0.15));
    CHECK(text.fact("loss") < first - 1.0);
    CHECK(text.fact("val_loss") < first - 1.0);

    Opened task(
        Opened::Values{{"source", "copy"}, {"length", "3"}, {"batch", "32"}, {"lr", "0.01"}});
    task.train_to(300);
    CHECK(task.fact("exact_match") > 0.9);
}

TEST_CASE("trainer panel: going back and forth is exact to the bit", "[model][trainer_panel]") {
    Opened o, straight;
    o.train_to(20);
    const std::string state = o.job->snapshot();
    const Trace before = o.trace();
    o.train_to(50);
    const Trace later = o.trace();
    o.job->restore(state);
    CHECK(same(o.trace(), before));
    o.train_to(50);
    CHECK(same(o.trace(), later));
    straight.train_to(50);
    CHECK(same(straight.trace(), later));
    CHECK_THROWS_AS(o.job->restore("nonsense"), Error);
    CHECK(o.job->position() == 50);
}

TEST_CASE("trainer panel: a learning rate changed on the way changes the steps after it",
          "[model][trainer_panel]") {
    Opened o, other;
    o.train_to(10), other.train_to(10);
    other.job->set("lr", "0.0001");
    CHECK(other.trace()["peak"].flat()[0] == 5e-3f);
    other.job->set("layer", "0");  // of the picture: no step depends on it
    o.train_to(30), other.train_to(30);
    CHECK(o.fact("lr_now") > 20 * other.fact("lr_now"));
    // Step 10 was made with the first rate as its highest, step 11 with the second
    CHECK(o.trace()["peak"].flat()[0] == 5e-3f);
    CHECK(other.trace()["peak"].flat()[0] == 1e-4f);
    CHECK(o.trace()["curve.loss"].flat()[9] == other.trace()["curve.loss"].flat()[9]);
    CHECK(o.trace()["curve.loss"].flat()[29] != other.trace()["curve.loss"].flat()[29]);
    CHECK_THROWS_AS(o.job->set("nothing", "1"), ValueError);
}

TEST_CASE("trainer panel: the place where numbers end is named", "[model][trainer_panel]") {
    Opened o(Opened::Values{{"lr", "1000"}, {"warmup", "0"}});
    o.train_to(300);
    REQUIRE(o.job->done());
    REQUIRE(o.job->position() < 300);
    CHECK(o.fact("finite") == 0);
    const Trace t = o.trace();
    CHECK(!t.text("nan.tensor").empty());
    CHECK(t["nan"].flat()[0] == float(o.job->position()));
    CHECK(!std::isfinite(t["nan"].flat()[1]));
    check_layout(o, t);
    CHECK(test::says(drawn(o, t, {892, 389}, Language::english, true), t.text("nan.tensor")));
}

TEST_CASE("trainer panel: any text is a text", "[model][trainer_panel][edge]") {
    for (const std::string& text :
         {std::string("ab"), std::string("hello"), std::string("你好，世界。再见！"),
          std::string("\xFF\xFE\x00\x80 not text \xC3", 14), std::string(3000, 'a')}) {
        CAPTURE(text.size());
        Opened o(Opened::Values{{"source", "own_text"}}, text);
        o.train_to(3);
        CHECK(o.job->position() == 3);
        const Trace t = o.trace();
        for (const std::string& problem :
             test::layout_problems(drawn(o, t, {892, 389}, Language::english, true)))
            FAIL_CHECK(problem);
    }
    CHECK_THROWS_AS(Opened(Opened::Values{{"source", "own_text"}}, "x"), ValueError);
}

TEST_CASE("trainer panel: nothing overlaps, at any size, in both languages",
          "[model][trainer_panel][layout]") {
    const std::string source = GENERATE("stories_en", "stories_zh", "reverse", "modular_addition");
    const std::string show = GENERATE("overview", "layers");
    CAPTURE(source, show);
    Opened o(Opened::Values{{"source", source}, {"show", show}});
    check_layout(o, o.trace());  // before the first step
    o.train_to(26);
    check_layout(o, o.trace());
}

// The small run of these tests, made by core alone.
static model::Trainer core_trainer(const tokenizer::Tokenizer& tokenizer, const std::string& text) {
    model::TrainerConfig c;
    c.model.layers = 1, c.model.heads = 2, c.model.width = 32, c.model.context = 16;
    c.model.vocab_size = tokenizer.vocab_size();
    c.batch = 4, c.steps = 1000, c.lr = 5e-3f, c.min_lr = 5e-4f, c.warmup = 20;
    c.beta2 = 0.99f, c.weight_decay = 0.1f, c.clip = 1, c.seed = 1;
    c.eval_every = 25, c.eval_tokens = 2048, c.bins = 17;
    c.probe = tokenizer.encode("Once upon a time");
    const auto parts = data::split_text(text, 0.1);
    return {c, tokenizer.encode(parts.train), tokenizer.encode(parts.validation)};
}

TEST_CASE("trainer panel: what the mouse reads is what core computes at that step",
          "[model][trainer_panel][panels][hover]") {
    const std::string text = data::load_corpus("stories:en").text;
    model::Trainer trainer = core_trainer(tokenizer::characters_tokenizer(text), text);
    std::vector<double> losses;
    for (int i = 0; i < 30; ++i) {
        trainer.step();
        losses.push_back(trainer.scalars()[0].second);
    }
    const model::TrainerSteps steps = trainer.steps();

    for (const char* show : {"overview", "layers"}) {
        test::Robot robot(std::string("model/trainer?layers=1&heads=2&width=32&context=16&batch=4"
                                      "&step=30&head=2&show=") +
                          show);
        REQUIRE(robot.session.shown().step == 30);
        const Trace& trace = *robot.session.shown().trace;
        REQUIRE(trace["curve.loss"].size() == 30);
        for (std::size_t i = 0; i < 30; ++i)
            CHECK(trace["curve.loss"].flat()[i] == float(losses[i]));
        const Canvas first = robot.frame();
        std::vector<Region> regions;
        for (const Region& region : first.regions())
            if (!region.target.tensor.empty() && trace.find(region.target.tensor))
                regions.push_back(region);
        REQUIRE(!regions.empty());
        Random random(7, show);
        int read = 0;
        for (int n = 0; n < 60; ++n) {
            const Region& region = regions[random.below(regions.size())];
            robot.controls.move(
                {region.box.x + region.box.w * float(0.02 + 0.96 * random.uniform()),
                 region.box.y + region.box.h * float(0.02 + 0.96 * random.uniform())});
            const Canvas canvas = robot.frame();
            const Selection s = robot.session.hover;
            if (!s.is_cell()) continue;
            const auto at = [&](const Tensor& tensor, std::size_t row) {
                return tensor.row(row)[std::size_t(s.col)];
            };
            float value = 0;
            if (s.tensor == "attention")
                value = at(steps.attention, 16 + std::size_t(s.row));  // head 2 of layer 1
            else if (s.tensor == "gradient_norms")
                value = at(steps.gradient_norms, 0);
            else if (s.tensor == "weight_histogram")
                value = at(steps.weight_histogram, std::size_t(s.row));
            else if (s.tensor == "update_histogram")
                value = at(steps.update_histogram, std::size_t(s.row));
            else
                FAIL("a tensor this test does not know: " << s.tensor);
            bool said = false;
            std::string lines;
            for (const Command& command : canvas.commands())
                if (const auto* line = std::get_if<DrawText>(&command.what);
                    line && command.layer == 2)
                    lines += line->text + "\n",
                        said = said ||
                               line->text.find(format_value(double(value))) != std::string::npos;
            CAPTURE(show, s.tensor, s.row, s.col, value, lines);
            CHECK(said);
            ++read;
        }
        CHECK(read >= 20);
    }
}

TEST_CASE("trainer panel: before the first step it shows what that will be",
          "[model][trainer_panel]") {
    Opened o;
    const Trace before = o.trace();
    o.train_to(1);
    const Trace after = o.trace();
    for (const char* name : {"x", "y", "example", "expected", "gradient_norms", "update_norms",
                             "update_histogram", "loss", "grad_norm", "lr"}) {
        CAPTURE(name);
        CHECK(before[name].same_bits(after[name]));
    }
    CHECK(before["curve.loss"].size() == 0);
    // the prediction told is one of the loss: of the last character of the first row
    const Tensor& example = before["example"];
    CHECK(example.flat().back() == before["y"].row(0)[15]);
    float sum = 0;
    for (float p : before["expected"].flat()) sum += p;
    CHECK_THAT(sum, WithinAbs(1.0, 1e-5));
    const std::string text = data::load_corpus("stories:en").text;
    const model::Trainer fresh = core_trainer(tokenizer::characters_tokenizer(text), text);
    model::CausalDecoder decoder(fresh.config().model, fresh.flat_weights());
    const Tensor logits =
        decoder.logits(Tensor({1, 16}, {before["x"].row(0).begin(), before["x"].row(0).end()}));
    double total = 0;
    for (float z : logits.row(15)) total += std::exp(double(z));
    for (std::size_t j = 0; j < logits.cols(); ++j)
        CHECK_THAT(before["expected"].flat()[j],
                   WithinAbs(std::exp(double(logits.row(15)[j])) / total, 1e-6));
}

TEST_CASE("trainer panel: merged pairs are the tokens of tokenizer/bpe", "[model][trainer_panel]") {
    Opened o(Opened::Values{{"split", "pairs"}, {"vocabulary", "300"}});
    o.train_to(2);
    const std::string text = data::load_corpus("stories:en").text;
    const std::string_view whole = text;
    tokenizer::BpeTrainConfig config;
    config.vocab_size = 300;
    const tokenizer::Tokenizer bpe(tokenizer::Bpe(tokenizer::bpe_train({&whole, 1}, config)));
    model::Trainer trainer = core_trainer(bpe, text);
    trainer.step(), trainer.step();
    CHECK(o.trace()["curve.loss"].flat()[1] == float(trainer.scalars()[0].second));
    CHECK(o.trace()["probe"].size() ==
          std::min<std::size_t>(9, bpe.encode("Once upon a time").size()));
}

TEST_CASE("trainer panel: a second run is the run with that knob, and leaves the first alone",
          "[model][trainer_panel][second]") {
    struct Changed {
        const char* knob;
        const char* factor;
        const char* value;
    };
    for (const Changed& c : {Changed{"lr", "10", "0.05"}, Changed{"batch", "2", "8"},
                             Changed{"layers", "2", "2"}, Changed{"warmup", "0.1", "2"},
                             Changed{"weight_decay", "5", "0.5"}, Changed{"clip", "0.1", "0.1"}}) {
        CAPTURE(c.knob);
        Opened both(Opened::Values{{"second", c.knob}, {"factor", c.factor}});
        Opened first, other(Opened::Values{{c.knob, c.value}});
        for (Opened* o : {&both, &first, &other}) o->train_to(26);
        const Trace t = both.trace(), a = first.trace(), b = other.trace();
        for (const char* name : {"loss", "val_loss", "lr", "grad_norm"}) {
            CAPTURE(name);
            const std::string curve = std::string("curve.") + name;
            CHECK(t[curve].same_bits(a[curve]));
            CHECK(t[std::string("second.") + name].same_bits(b[curve]));
        }
        CHECK_FALSE(t["second.loss"].same_bits(t["curve.loss"]));
    }
}

TEST_CASE("trainer panel: a second run with nothing changed is the first",
          "[model][trainer_panel][second]") {
    Opened o(Opened::Values{{"second", "lr"}, {"factor", "1"}});
    o.train_to(12);
    const Trace t = o.trace();
    CHECK(t["second.loss"].same_bits(t["curve.loss"]));
    CHECK(t["second.grad_norm"].same_bits(t["curve.grad_norm"]));
}

TEST_CASE("trainer panel: both runs go back and forth to the bit",
          "[model][trainer_panel][second][replay]") {
    Opened o(Opened::Values{{"second", "lr"}, {"factor", "0.1"}});
    o.train_to(10);
    const std::string ten = o.job->snapshot();
    o.train_to(30);
    const Trace before = o.trace();
    o.job->restore(ten);
    CHECK(o.trace()["second.loss"].size() == 10);
    o.train_to(30);
    CHECK(same(before, o.trace()));
    // a knob turned on the way reaches both, the changed one times its factor
    o.job->set("lr", "0.001");
    o.train_to(31);
    const Trace t = o.trace();
    CHECK_THAT(t["second.lr"].flat()[30], WithinRel(0.1 * double(t["curve.lr"].flat()[30]), 1e-4));
    CHECK_THAT(t["second"].flat()[1], WithinRel(1e-4, 1e-5));
    // back before it, the label is as it was; a value beyond the knob's range stays within
    o.job->restore(ten);
    CHECK_THAT(o.trace()["second"].flat()[1], WithinRel(5e-4, 1e-5));
    Opened wide(Opened::Values{{"second", "lr"}, {"factor", "10"}});
    wide.job->set("lr", "200");
    CHECK(wide.trace()["second"].flat()[1] == 1000.0f);
    CHECK_THROWS_AS(o.job->restore(std::string_view(ten).substr(0, 12)), FormatError);
    CHECK_THROWS_AS(o.job->restore(std::string_view(ten).substr(0, ten.size() - 4)), FormatError);
}

TEST_CASE("trainer panel: a second run that stops being numbers lets the first go on",
          "[model][trainer_panel][second]") {
    Opened o(Opened::Values{{"lr", "1"}, {"second", "lr"}, {"factor", "100"}});
    o.train_to(100);
    const Trace t = o.trace();
    CHECK(t["curve.loss"].size() == 100);
    CHECK(std::isfinite(t["curve.loss"].flat()[99]));
    CHECK(std::isnan(t["second.loss"].flat()[99]));
    CHECK(std::isfinite(t["second.loss"].flat()[5]));
    check_layout(o, t);
}

TEST_CASE("trainer panel: opened in a window it does twenty steps by itself, once",
          "[model][trainer_panel][opening]") {
    const std::string small = "model/trainer?layers=1&heads=2&width=32&context=16&batch=4";
    const auto opened = [](const std::string& link, bool reduced) {
        auto session = std::make_unique<Session>(Session::Pace::sliced);
        session->settings.reduced_motion = reduced;
        session->act("open " + link);
        double clock = 0;
        for (int i = 0; i < 4000; ++i) session->tick(clock += 0.02);
        return session;
    };
    const auto by_itself = opened(small, false);
    CHECK(by_itself->shown().step == 20);
    CHECK((*by_itself->shown().trace)["curve.loss"].size() == 20);
    CHECK(opened(small, true)->shown().step == 0);
    CHECK(opened(small + "&step=3", false)->shown().step == 3);
}
