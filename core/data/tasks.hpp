// Tasks: small exercises made by rule, of which every answer is known
//
//   formula   copy     a b c > a b c
//             reverse  a b c > c b a
//             sort     c a b > a b c
//             addition 27+58=085
//             induction  a b c a b c a …
//             modular_addition  a + b = (a + b) mod m
//
//   shapes    x, y [B, n] ids of a batch; y is no_target wherever there is nothing to answer
//             `B` counts examples, `n` is one less than an example's length: the last id is only
//             asked for.
//
//   why       On a text one sees that the loss falls; on a rule one sees whether the model has
//             understood: an answer is right or wrong. Each rule needs another skill: look back a
//             fixed way (copy), a changing way (reverse), compare (sort), carry (addition), look
//             up what followed last time (induction), a circle of numbers (modular addition).
//
//   cost      a few random draws an id
//   errors    ValueError  length, symbols or modulus out of range, B is 0
//             exact_match: ShapeError  logits is not [B, n, V]
//   source    induction: Olsson et al., 2022, arXiv:2209.11895; modular addition: Power et al.,
//             "Grokking", 2022, arXiv:2201.02177
//   survey    2.12.1
//   badge     computed
//   picture later
//   leaves out  examples of different lengths in one batch
//   see       data/corpus (a text instead), model/trainer
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/batch.hpp"
#include "core/tensor/trace.hpp"

namespace orrery::data {

enum class Task { copy, reverse, sort, addition, induction, modular_addition };

struct TaskConfig {
    Task task = Task::reverse;
    std::size_t length = 6;    // copy, reverse, sort: symbols; addition: digits; induction: the
                               // longest piece that comes again; modular addition: unused
    std::size_t symbols = 10;  // of the alphabet a b c …: copy, reverse, sort, induction
    std::size_t modulus = 23;  // modular addition
    bool last_digit_first = false;  // addition: the answer as one writes it by hand, from the right
};

// "copy", "modular_addition"; ValueError with all names when there is no such task.
Task task_named(std::string_view name);
std::string_view name_of(Task task);
const std::vector<std::string>& task_names();

// ValueError "tasks: …".
void check(const TaskConfig& config);

// The words of the ids, in order: letters, digits or numbers, then signs.
std::vector<std::string> task_vocabulary(const TaskConfig& config);
// n: ids of x in every example.
std::size_t task_tokens(const TaskConfig& config);
// The ids as a person writes them: "27+58=085"; numbers of several digits are kept apart by blanks.
std::string task_text(const TaskConfig& config, std::span<const int> ids);
// And back; blanks between words do not count. ValueError with the place of what is no word.
std::vector<int> task_ids(const TaskConfig& config, std::string_view text);
// How many ids of an example are the question: a prompt of these leaves the answer to the model.
std::size_t question_tokens(const TaskConfig& config);

// Examples that are trained on and examples that are only asked never mix in modular addition (half
// of all pairs each) and are drawn independently in the others.
enum class Part { train, validation };

// A batch with nothing thrown away. Depends on (seed, step) and the configuration alone.
struct TaskSteps {
    std::vector<int> examples;  // [B, n + 1]  whole examples, question and answer
    Batch batch;                // x, y [B, n]
};
TaskSteps task_steps(const TaskConfig& config, std::size_t rows, std::uint64_t seed,
                     std::uint64_t step, Part part = Part::train);
void record(const TaskSteps& steps, const TaskConfig& config, Trace& out);
Batch task_batch(const TaskConfig& config, std::size_t rows, std::uint64_t seed, std::uint64_t step,
                 Part part = Part::train);

// How many rows are answered right throughout, and how many ids, counting the largest logit as the
// answer (the lower id when two are equal; never one that is NaN).
struct Answers {
    std::size_t rows = 0, rows_right = 0;
    std::size_t ids = 0, ids_right = 0;
    double exact_match() const { return rows == 0 ? 0.0 : double(rows_right) / double(rows); }
};
Answers check_answers(const Batch& batch, const Tensor& logits);  // logits [B, n, V]
double exact_match(const Batch& batch, const Tensor& logits);

}  // namespace orrery::data
