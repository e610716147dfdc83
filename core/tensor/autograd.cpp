#include "core/tensor/autograd.hpp"

#include <string>
#include <utility>

#include "core/base/error.hpp"
#include "core/tensor/broadcast.hpp"
#include "core/tensor/linear.hpp"
#include "core/tensor/matmul.hpp"
#include "core/tensor/softmax.hpp"

namespace orrery {

const Tape::Node& Tape::node(Var v) const {
    if (v.place >= nodes_.size())
        throw ValueError("tape: no value " + std::to_string(v.place) + ", wanted one below " +
                         std::to_string(nodes_.size()));
    return nodes_[v.place];
}

Var Tape::leaf(Tensor value) { return op(std::move(value), {}, {}); }

Var Tape::op(Tensor value, std::vector<Var> inputs, Backward backward) {
    for (const Var input : inputs) node(input);
    Tensor zeros(value.shape());
    nodes_.push_back({std::move(value), std::move(zeros), std::move(inputs), std::move(backward)});
    return {nodes_.size() - 1};
}

const Tensor& Tape::value(Var v) const { return node(v).value; }
const Tensor& Tape::grad(Var v) const { return node(v).grad; }

void Tape::clear_grads() {
    for (Node& n : nodes_) n.grad = Tensor(n.value.shape());
}

void Tape::backward(Var y, const Tensor& dy) {
    require_shape("tape", "dy", dy, node(y).value.shape());

    // What flows in this walk alone; it joins `grad` when its node is passed.
    std::vector<Tensor> flowing(y.place + 1);
    std::vector<bool> is_reached(y.place + 1, false);
    flowing[y.place] = dy;
    is_reached[y.place] = true;

    //: last note first: whoever uses a value stands after it
    for (std::size_t place = y.place + 1; place-- > 0;) {
        if (!is_reached[place]) continue;
        Node& n = nodes_[place];
        n.grad = add(n.grad, flowing[place]);
        if (!n.backward) continue;

        //: hand each input its share; shares of several uses add up
        const std::vector<Tensor> shares = n.backward(flowing[place]);
        if (shares.size() != n.inputs.size())
            throw ShapeError("tape: " + std::to_string(shares.size()) + " gradients for " +
                             std::to_string(n.inputs.size()) + " inputs, wanted one for each");
        for (std::size_t i = 0; i < shares.size(); ++i) {
            const std::size_t to = n.inputs[i].place;
            require_shape("tape", "a gradient", shares[i], nodes_[to].value.shape());
            flowing[to] = is_reached[to] ? add(flowing[to], shares[i]) : shares[i];
            is_reached[to] = true;
        }
        flowing[place] = Tensor();
    }
}

Var add(Tape& tape, Var a, Var b) {
    const Tensor x = tape.value(a), y = tape.value(b);
    return tape.op(add(x, y), {a, b}, [=](const Tensor& dy) {
        const auto g = add_backward(dy, x, y);
        return std::vector<Tensor>{g.da, g.db};
    });
}

Var multiply(Tape& tape, Var a, Var b) {
    const Tensor x = tape.value(a), y = tape.value(b);
    return tape.op(multiply(x, y), {a, b}, [=](const Tensor& dy) {
        const auto g = multiply_backward(dy, x, y);
        return std::vector<Tensor>{g.da, g.db};
    });
}

Var matmul(Tape& tape, Var a, Var b) {
    const Tensor x = tape.value(a), y = tape.value(b);
    return tape.op(matmul(x, y), {a, b}, [=](const Tensor& dy) {
        const auto g = matmul_backward(dy, x, y);
        return std::vector<Tensor>{g.da, g.db};
    });
}

Var linear(Tape& tape, Var x, Var weight, Var bias) {
    const Tensor in = tape.value(x), w = tape.value(weight);
    return tape.op(linear(in, w, tape.value(bias)), {x, weight, bias}, [=](const Tensor& dy) {
        const auto g = linear_backward(dy, in, w);
        return std::vector<Tensor>{g.dx, g.dweight, g.dbias};
    });
}

Var softmax(Tape& tape, Var x) {
    const Tensor y = softmax(tape.value(x));
    return tape.op(y, {x},
                   [=](const Tensor& dy) { return std::vector<Tensor>{softmax_backward(dy, y)}; });
}

Var sum(Tape& tape, Var x) {
    const Shape shape = tape.value(x).shape();
    return tape.op(sum_to(tape.value(x), {}), {x},
                   [=](const Tensor& dy) { return std::vector<Tensor>{broadcast_to(dy, shape)}; });
}

}  // namespace orrery
