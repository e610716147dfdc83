#include "viz/kit/knobs.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace orrery::viz {

Knobs::Knobs(const std::vector<Knob>& declared) : declared_(declared) {
    for (const Knob& knob : declared_) values_.push_back({knob.number, knob.word});
}

std::size_t Knobs::index(std::string_view name) const {
    for (std::size_t i = 0; i < declared_.size(); ++i)
        if (declared_[i].name == name) return i;
    throw ValueError("knob " + std::string(name) + ": this panel has none of that name");
}

const Knob& Knobs::find(std::string_view name) const { return declared_[index(name)]; }

bool Knobs::has(std::string_view name) const {
    return std::any_of(declared_.begin(), declared_.end(),
                       [&](const Knob& knob) { return knob.name == name; });
}

std::shared_ptr<const std::set<std::string>> Knobs::watch() {
    read_ = std::make_shared<std::set<std::string>>();
    return read_;
}

double Knobs::number(std::string_view name) const {
    const std::size_t i = index(name);
    if (read_) read_->insert(declared_[i].name);
    if (declared_[i].type == Knob::Type::choice || declared_[i].type == Knob::Type::text)
        throw ValueError("knob " + std::string(name) + ": is a word, wanted a number");
    return values_[i].number;
}

long long Knobs::integer(std::string_view name) const {
    return static_cast<long long>(number(name));
}
std::size_t Knobs::size(std::string_view name) const {
    return static_cast<std::size_t>(std::max(0.0, number(name)));
}
float Knobs::real(std::string_view name) const { return float(number(name)); }
bool Knobs::flag(std::string_view name) const { return number(name) != 0.0; }

const std::string& Knobs::text(std::string_view name) const {
    const std::size_t i = index(name);
    if (read_) read_->insert(declared_[i].name);
    if (declared_[i].type != Knob::Type::choice && declared_[i].type != Knob::Type::text)
        throw ValueError("knob " + std::string(name) + ": is a number, wanted a word");
    return values_[i].word;
}

const std::string& Knobs::choice(std::string_view name) const { return text(name); }

namespace {

// One reading of a knob's text: the value, and what is wrong with it ("" when nothing is).
struct Reading {
    double number = 0;
    std::string word, problem;
    bool usable = true;  // false: nothing of it can be taken, not even clamped
};

std::string range_text(const Knob& knob) {
    return number_text(knob.low, 6) + " to " + number_text(knob.high, 6);
}

Reading read(const Knob& knob, std::string_view value) {
    Reading r;
    const std::string shown = std::string(value.substr(0, 60));
    switch (knob.type) {
        case Knob::Type::toggle:
            if (value == "true" || value == "1" || value == "on")
                r.number = 1;
            else if (value == "false" || value == "0" || value == "off")
                r.number = 0;
            else
                r.problem = "is \"" + shown + "\", wanted true or false", r.usable = false;
            break;
        case Knob::Type::integer:
        case Knob::Type::real: {
            double number = 0;
            if (!parse_number(value, number) || std::isnan(number)) {
                r.problem = "is \"" + shown + "\", wanted a number from " + range_text(knob);
                r.usable = false;
                break;
            }
            // Limits of a real knob are floats: 0.001 as written lies just below 0.001f.
            if (knob.type == Knob::Type::real) number = double(float(number));
            r.number = std::clamp(number, knob.low, knob.high);
            if (knob.type == Knob::Type::integer)
                r.number = std::trunc(r.number);
            else
                r.number = double(float(r.number));
            const bool whole = knob.type == Knob::Type::real || number == std::trunc(number);
            const bool inside = number >= knob.low && number <= knob.high;
            if (!inside || !whole)
                r.problem = "is " + shown + ", wanted " + (whole ? "" : "a whole number from ") +
                            range_text(knob);
            break;
        }
        case Knob::Type::choice:
            r.word = value;
            if (std::find(knob.choices.begin(), knob.choices.end(), r.word) == knob.choices.end()) {
                r.problem = "is \"" + shown + "\", wanted one of";
                for (const auto& choice : knob.choices) r.problem += " " + choice;
                r.usable = false;
            }
            break;
        case Knob::Type::text:
            r.word = value;
            if (value.size() > knob.max_bytes) {
                r.problem = "has " + std::to_string(value.size()) + " bytes, wanted at most " +
                            std::to_string(knob.max_bytes);
                // Cut between characters.
                std::size_t end = knob.max_bytes;
                while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) --end;
                r.word.resize(end);
            }
            break;
    }
    return r;
}

}  // namespace

void Knobs::set(std::string_view name, std::string_view value) {
    const std::size_t i = index(name);
    Reading r = read(declared_[i], value);
    if (!r.problem.empty()) throw ValueError("knob " + std::string(name) + ": " + r.problem);
    values_[i] = {r.number, std::move(r.word)};
}

std::string Knobs::set_clamped(std::string_view name, std::string_view value) {
    if (!has(name)) return "knob " + std::string(name) + ": this panel has none of that name";
    const std::size_t i = index(name);
    Reading r = read(declared_[i], value);
    if (r.usable) values_[i] = {r.number, std::move(r.word)};
    return r.problem.empty() ? "" : "knob " + std::string(name) + ": " + r.problem;
}

void Knobs::reset(std::string_view name) {
    const std::size_t i = index(name);
    values_[i] = {declared_[i].number, declared_[i].word};
}

std::string Knobs::written(std::string_view name) const {
    const std::size_t i = index(name);
    switch (declared_[i].type) {
        case Knob::Type::toggle:
            return values_[i].number != 0 ? "true" : "false";
        case Knob::Type::integer:
            return number_text(values_[i].number, 17);
        case Knob::Type::real: {
            // The fewest digits that read back to the same float.
            for (int digits = 1; digits < 9; ++digits) {
                const std::string text = number_text(values_[i].number, digits);
                double back = 0;
                if (parse_number(text, back) && float(back) == float(values_[i].number))
                    return text;
            }
            return number_text(values_[i].number, 9);
        }
        default:
            return values_[i].word;
    }
}

bool Knobs::is_default(std::string_view name) const {
    const std::size_t i = index(name);
    return values_[i] == Value{declared_[i].number, declared_[i].word};
}

}  // namespace orrery::viz
