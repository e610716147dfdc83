// Panel: declare, compute, draw — three pure functions a component is shown by
//
// `declare` is read once and gives widgets, command line, links, undo, help and tests. `compute` runs on
// any thread, keeps no state, and knows neither ImGui nor the canvas. `draw` sees the trace and not core.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/trace.hpp"
#include "viz/kit/canvas.hpp"
#include "viz/kit/job.hpp"
#include "viz/kit/knobs.hpp"
#include "viz/kit/view.hpp"

namespace orrery::viz {

// The text, tokenizer and model that panels share.
struct Workspace {
    std::string text;
    std::string tokenizer = "char";   // "char", or the path of a tokenizer file
    std::string model;                // path of a model directory; "" none
    std::vector<int> ids;             // `text` encoded by `tokenizer`
    std::vector<std::string> tokens;  // each id as it is shown
    // What ids stand for, where the inputs come from a panel that knows; else empty.
    std::vector<std::string> vocabulary;
};

// The tensors a component takes, after the source of each was resolved and edits were applied.
class Inputs {
   public:
    const Tensor& operator[](std::string_view name) const;  // ValueError when it was not declared
    const Tensor* find(std::string_view name) const;        // nullptr when it was not given
    const Workspace& workspace() const { return *workspace_; }
    // The job of a panel that declared one, at the step to be shown. ValueError when there is none.
    template <class T>
    const T& job() const;

    void set(std::string_view name, Tensor tensor);
    void set_workspace(std::shared_ptr<const Workspace> workspace);
    void set_job(const Job* job) { job_ = job; }
    const Tensors& tensors() const { return tensors_; }

   private:
    const Job& require_job() const;
    Tensors tensors_;
    std::shared_ptr<const Workspace> workspace_ = std::make_shared<Workspace>();
    const Job* job_ = nullptr;
};

// A number or a text read off the trace.
struct FactValue {
    double number = 0;
    std::string text;
    bool is_text = false;
    FactValue(double n) : number(n) {}
    FactValue(std::string t) : text(std::move(t)), is_text(true) {}
};

class Declaration {
   public:
    // Knobs. The overload gives the type: int, float, bool, a choice from words, a text.
    Knob& knob(std::string name, int value, int low, int high);
    Knob& knob(std::string name, float value, float low, float high, Scale scale = Scale::linear);
    Knob& knob(std::string name, bool value);
    Knob& knob(std::string name, std::string value, std::vector<std::string> choices);
    Knob& text_knob(std::string name, std::string value, std::size_t max_bytes = 4096);

    // An input with its made-up default. `editable`: single numbers can be changed in the picture;
    // the changes are a text knob named "edits", written "q.0.3=1.5;k.1.0=-2".
    using Source = std::function<Tensor(const Knobs&, const Workspace&)>;
    void input(std::string name, Source made_up, bool editable = false);
    // An input that is absent unless a file or another trace gives it: read it with `in.find(name)`.
    void optional_input(std::string name);
    void output(std::string name);

    // Which of text, tokenizer and model of the workspace the panel reads.
    void uses_text(std::string default_text);
    void uses_tokenizer();
    void uses_model();

    // Pieces of the picture, by name: what lessons show, hide and point at.
    template <class... Names>
    void parts(Names... names) {
        (parts_.emplace_back(names), ...);
    }
    using FactOf = std::function<FactValue(const Trace&, const Knobs&)>;
    void fact(std::string name, FactOf read);

    // What a tensor stands for, where that is one of the roles with a colour: names in formulas have
    // it too.
    void role(std::string tensor, Role role);
    Role role_of(std::string_view tensor) const;  // neutral when none was declared

    // What a selected cell of `tensor` is made of.
    using Explain = std::function<Explanation(const Trace&, const View&, const Selection&)>;
    void explain(std::string tensor, Explain explain);

    // The height a picture needs: in less (but on a card) it is laid out for this and drawn smaller.
    void least_height(float height);
    // How many operations the animation has; t runs from 0 to this. Without it, 0: a still picture.
    void length(std::function<double(const Trace&)> events);
    // The picture in words; sentences in the view's language.
    void describe(std::function<std::string(const Trace&, const View&)> words);
    // Named sets of knob values, shown as buttons: preset("saturated", {{"d", "64"}, …}).
    void preset(std::string name, std::vector<std::pair<std::string, std::string>> values);
    // Long work. The panel's compute then reads the job's state by `in.job<T>()`.
    using MakeJob = std::function<std::unique_ptr<Job>(const Knobs&, const Inputs&)>;
    // It does `opening_steps` by itself when a window opens it, as its opening motion.
    void job(MakeJob make, std::size_t opening_steps = 0);

    struct Input {
        std::string name;
        Source made_up;  // empty: optional
        bool editable;
    };
    struct Fact {
        std::string name;
        FactOf read;
    };
    struct Preset {
        std::string name;
        std::vector<std::pair<std::string, std::string>> values;
    };

    const std::vector<Knob>& knobs() const { return knobs_; }
    const std::vector<Input>& inputs() const { return inputs_; }
    const std::vector<std::string>& outputs() const { return outputs_; }
    const std::vector<std::string>& part_names() const { return parts_; }
    const std::vector<Fact>& facts() const { return facts_; }
    const std::vector<Preset>& presets() const { return presets_; }
    const Explain* find_explain(std::string_view tensor) const;
    const std::function<double(const Trace&)>& length_of() const { return length_; }
    const std::function<std::string(const Trace&, const View&)>& words() const { return describe_; }
    const MakeJob& make_job() const { return make_job_; }
    std::size_t opening_steps() const { return opening_steps_; }
    float least_height() const { return least_height_; }
    bool reads_text() const { return reads_text_; }
    bool reads_tokenizer() const { return reads_tokenizer_; }
    bool reads_model() const { return reads_model_; }
    const std::string& default_text() const { return default_text_; }

   private:
    Knob& add(Knob knob);
    std::vector<Knob> knobs_;
    std::vector<Input> inputs_;
    std::vector<std::string> outputs_, parts_;
    std::vector<Fact> facts_;
    std::vector<Preset> presets_;
    std::vector<std::pair<std::string, Role>> roles_;
    std::vector<std::pair<std::string, Explain>> explains_;
    std::function<double(const Trace&)> length_;
    std::function<std::string(const Trace&, const View&)> describe_;
    MakeJob make_job_;
    std::size_t opening_steps_ = 0;
    float least_height_ = 0;
    std::string default_text_;
    bool reads_text_ = false, reads_tokenizer_ = false, reads_model_ = false;
};

struct Panel {
    void (*declare)(Declaration&) = nullptr;
    void (*compute)(const Knobs&, const Inputs&, Trace&) = nullptr;  // nullptr: not runnable
    void (*draw)(Canvas&, const Trace&, const View&) = nullptr;      // nullptr: labelled matrices
};

// The panel's own drawing, on a canvas of view.size.
Canvas draw_panel(const Panel& panel, const Declaration& d, const Trace& trace, const View& view);

// The made-up and edited inputs of a panel; `given` wins over what is made up.
Inputs resolve_inputs(const Declaration& d, const Knobs& knobs,
                      std::shared_ptr<const Workspace> workspace, const Tensors& given = {});

// The selection explained: what the panel says, or nothing but the value.
Explanation explain(const Declaration& d, const Trace& trace, const View& view,
                    const Selection& selection);

template <class T>
const T& Inputs::job() const {
    return job_as<T>(require_job());
}

}  // namespace orrery::viz
