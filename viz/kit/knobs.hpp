// Knobs: named parameters with type, range, default; declared once, and their values
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace orrery::viz {

enum class Scale { linear, log };
class Knobs;

// A knob as declared.
struct Knob {
    enum class Type { integer, real, toggle, choice, text };
    std::string name;
    Type type = Type::integer;
    double low = 0, high = 0;          // integer, real
    double number = 0;                 // default of integer, real and toggle (0 or 1)
    std::string word;                  // default of choice and text
    std::vector<std::string> choices;  // choice
    Scale scale = Scale::linear;       // real
    std::size_t max_bytes = 0;         // text
    bool multiline = false;            // text
    bool advanced = false;             // shown only under "more"
    bool restarts = false;  // a job starts anew when it changes; others are events in its log
    // Whether it does anything beside these others; where it does not, it is not shown. nullptr: always.
    bool (*used)(const Knobs&) = nullptr;
};

// The value of every knob of a panel. Reading a knob that was not declared throws ValueError.
class Knobs {
   public:
    Knobs() = default;
    explicit Knobs(const std::vector<Knob>& declared);  // all at their defaults

    long long integer(std::string_view name) const;
    std::size_t size(std::string_view name) const;  // an integer that is not negative
    float real(std::string_view name) const;
    double number(std::string_view name) const;  // integer, real or toggle as a number
    bool flag(std::string_view name) const;
    const std::string& choice(std::string_view name) const;
    const std::string& text(std::string_view name) const;
    std::uint64_t seed() const { return seed_; }

    // Strict: ValueError "knob rows: is 9, wanted 1 to 8" and nothing is changed.
    void set(std::string_view name, std::string_view value);
    // Lenient: clamps to the range; returns what was not taken as it was given ("" when all was).
    std::string set_clamped(std::string_view name, std::string_view value);
    void set_seed(std::uint64_t seed) { seed_ = seed; }
    void reset(std::string_view name);

    bool has(std::string_view name) const;
    // As it is written in a link or after `--set`: reads back to the same value, to the bit.
    std::string written(std::string_view name) const;
    bool is_default(std::string_view name) const;
    const std::vector<Knob>& declared() const { return declared_; }
    // From here on the names of the knobs that are read are kept in what is returned, also those
    // read from copies; one thread at a time.
    std::shared_ptr<const std::set<std::string>> watch();

    friend bool operator==(const Knobs& a, const Knobs& b) {
        return a.values_ == b.values_ && a.seed_ == b.seed_;
    }

   private:
    struct Value {
        double number = 0;
        std::string word;
        friend bool operator==(const Value&, const Value&) = default;
    };
    const Knob& find(std::string_view name) const;
    std::size_t index(std::string_view name) const;
    std::vector<Knob> declared_;
    std::vector<Value> values_;
    std::uint64_t seed_ = 1;
    std::shared_ptr<std::set<std::string>> read_;  // nullptr: nobody wants to know
};

}  // namespace orrery::viz
