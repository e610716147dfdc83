#include "viz/app/cards.hpp"

#include "viz/app/workspace.hpp"

namespace orrery::viz {

Wish card_wish(std::string_view id) {
    Wish wish;
    wish.panel = open_panel(id);
    if (!wish.panel) return wish;
    const Declaration& d = wish.panel->declaration;
    wish.knobs = Knobs(d.knobs());
    wish.workspace = make_workspace(d.default_text(), d.reads_tokenizer() ? "char" : "words");
    for (const auto& preset : d.presets())
        if (preset.name == "card")
            for (const auto& [name, value] : preset.values) wish.knobs.set_clamped(name, value);
    if (d.make_job()) wish.step = 60;
    return wish;
}

Cards::Cards(bool threaded, std::function<void()> wake)
    : threaded_(threaded), wake_(std::move(wake)) {}

Cards::~Cards() {
    ended_ = true;
    if (thread_.joinable()) thread_.join();
}

void Cards::start(std::vector<std::string> ids) {
    if (!ids_.empty()) return;
    ids_ = std::move(ids);
    if (threaded_ && !ids_.empty())
        thread_ = std::thread([this] {
            for (const auto& id : ids_) {
                if (ended_) return;
                compute(id);
                if (wake_) wake_();
            }
        });
}

void Cards::finish() {
    if (threaded_) return;
    for (const auto& id : ids_)
        if (!find(id)) compute(id);
}

bool Cards::work(double seconds) {
    if (!missing()) return false;
    const std::string& id = ids_[at_];
    if (!worker_) {
        Wish wish = card_wish(id);
        wish.seek = 1;
        worker_ = std::make_unique<Worker>(false);
        worker_->ask(std::move(wish));
    }
    if (worker_->work(seconds)) return true;
    //: this one is there; the next
    if (auto shown = worker_->take()) {
        std::lock_guard lock(mutex_);
        done_[id] = std::make_shared<Shown>(std::move(*shown));
    }
    worker_.reset();
    ++at_;
    return missing();
}

void Cards::compute(const std::string& id) {
    const Wish wish = card_wish(id);
    if (!wish.panel) return;
    auto shown = std::make_shared<Shown>(compute_now(wish));
    std::lock_guard lock(mutex_);
    done_[id] = std::move(shown);
}

std::shared_ptr<const Shown> Cards::find(std::string_view id) const {
    std::lock_guard lock(mutex_);
    const auto it = done_.find(id);
    return it == done_.end() ? nullptr : it->second;
}

std::size_t Cards::count() const {
    std::lock_guard lock(mutex_);
    return done_.size();
}

}  // namespace orrery::viz
