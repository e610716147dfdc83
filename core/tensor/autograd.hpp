// Autograd: a tape that strings backward functions together
//
//   formula   dL/dx = sum_u du/dx * dL/du   over every use u of x
//
//   why       Every component knows its own backward. A model is a long chain of them, and running
//             the chain in reverse by hand is where mistakes happen. The tape notes each operation
//             as it is done: what went in, and the function that turns the gradient of what came
//             out into gradients of what went in. Walking it once, last note first, gives the
//             gradient of everything.
//
//   cost      one forward and one backward of each operation; every value is kept
//   errors    ValueError  a handle is of no value on this tape
//             ShapeError  a gradient is not like its value
//   source    Linnainmaa, 1970; Wengert, "A simple automatic derivative evaluation program", 1964
//
//     Tape tape;
//     const Var x = tape.leaf(input), w = tape.leaf(weight);
//     const Var y = tape.op(linear(input, weight), {x, w}, [=](const Tensor& dy) {
//         auto g = linear_backward(dy, input, weight);
//         return std::vector<Tensor>{g.dx, g.dweight};
//     });
//     tape.backward(y, Tensor(tape.value(y).shape(), 1.0f));
//     tape.grad(w);
#pragma once

#include <functional>
#include <vector>

#include "core/tensor/tensor.hpp"

namespace orrery {

// A value on a tape, by its place.
struct Var {
    std::size_t place = 0;
};

class Tape {
   public:
    // Turns the gradient of what came out into gradients of what went in, one for each, in order.
    using Backward = std::function<std::vector<Tensor>(const Tensor& dy)>;

    // A value that nothing on the tape made: an input or a weight.
    Var leaf(Tensor value);
    // A value that was made from `inputs`.
    Var op(Tensor value, std::vector<Var> inputs, Backward backward);

    const Tensor& value(Var v) const;

    // Walks back from `y`, whose gradient is `dy`. Gradients add up over calls until `clear_grads`.
    void backward(Var y, const Tensor& dy);
    // Zeros where nothing has flowed.
    const Tensor& grad(Var v) const;
    void clear_grads();

   private:
    struct Node {
        Tensor value, grad;
        std::vector<Var> inputs;
        Backward backward;
    };
    const Node& node(Var v) const;
    std::vector<Node> nodes_;
};

// Operations of the tensor family, noted on the tape.
Var add(Tape& tape, Var a, Var b);
Var multiply(Tape& tape, Var a, Var b);
Var matmul(Tape& tape, Var a, Var b);
Var linear(Tape& tape, Var x, Var weight, Var bias);
Var softmax(Tape& tape, Var x);
Var sum(Tape& tape, Var x);  // of all elements: shape []

}  // namespace orrery
