#include "core/tensor/autograd.hpp"

#include "core/base/error.hpp"
#include "core/tensor/broadcast.hpp"
#include "core/tensor/linear.hpp"
#include "core/tensor/matmul.hpp"
#include "core/tensor/softmax.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gradcheck.hpp"

using namespace orrery;

TEST_CASE("autograd: a value used twice gets both shares", "[tensor][autograd]") {
    // y = x * x + x, dy/dx = 2x + 1
    Tape tape;
    const Var x = tape.leaf(Tensor({2}, {3, -5}));
    const Var y = add(tape, multiply(tape, x, x), x);
    CHECK(tape.value(y).same_bits(Tensor({2}, {12, 20})));
    tape.backward(y, Tensor({2}, 1.0f));
    CHECK(tape.grad(x).same_bits(Tensor({2}, {7, -9})));
    tape.backward(y, Tensor({2}, 1.0f));
    CHECK(tape.grad(x).same_bits(Tensor({2}, {14, -18})));
    tape.clear_grads();
    CHECK(tape.grad(x).same_bits(Tensor({2})));
}

TEST_CASE("autograd: what the result does not depend on gets nothing", "[tensor][autograd]") {
    Tape tape;
    const Var x = tape.leaf(Tensor({}, {2})), other = tape.leaf(Tensor({3}, 1.0f));
    const Var unused = add(tape, x, other);
    const Var y = multiply(tape, x, x);
    tape.backward(y, Tensor({}, {1}));
    CHECK(tape.grad(x).flat()[0] == 4);
    CHECK(tape.grad(other).same_bits(Tensor({3})));
    CHECK(tape.grad(unused).same_bits(Tensor({3})));
}

TEST_CASE("autograd: a small network's gradients match measured slopes",
          "[tensor][autograd][gradient]") {
    const Tensor x({2, 3}, {0.5f, -1, 2, 1.5f, 0.3f, -0.7f}),
        w({4, 3}, {1, 0, -1, 0.5f, 2, 1, -1, 1, 0.2f, 0, 1, 0.7f});
    const Tensor b({4}, {0.1f, -0.2f, 0.3f, 0}), v({4, 2}, {1, -1, 0.5f, 2, 0, 1, -2, 0.3f});
    const auto forward = [](const Tensor& in, const Tensor& weight, const Tensor& bias,
                            const Tensor& mix) {
        return matmul(softmax(linear(in, weight, bias)), mix);
    };
    Tape tape;
    const Var tx = tape.leaf(x), tw = tape.leaf(w), tb = tape.leaf(b), tv = tape.leaf(v);
    const Var y = matmul(tape, softmax(tape, linear(tape, tx, tw, tb)), tv);
    CHECK(tape.value(y).same_bits(forward(x, w, b, v)));
    tape.backward(y, test::weights_like(tape.value(y)));

    using T = const Tensor&;
    CHECK(test::gradient_error([&](T t) { return forward(t, w, b, v); }, x, tape.grad(tx)) < 1e-3);
    CHECK(test::gradient_error([&](T t) { return forward(x, t, b, v); }, w, tape.grad(tw)) < 1e-3);
    CHECK(test::gradient_error([&](T t) { return forward(x, w, t, v); }, b, tape.grad(tb)) < 1e-3);
    CHECK(test::gradient_error([&](T t) { return forward(x, w, b, t); }, v, tape.grad(tv)) < 1e-3);
}

TEST_CASE("autograd: a sum hands everyone the same", "[tensor][autograd]") {
    Tape tape;
    const Var x = tape.leaf(Tensor({2, 2}, {1, 2, 3, 4}));
    const Var y = sum(tape, x);
    CHECK(tape.value(y).flat()[0] == 10);
    tape.backward(y, Tensor({}, {3}));
    CHECK(tape.grad(x).same_bits(Tensor({2, 2}, 3.0f)));
}

TEST_CASE("autograd: says what is wrong", "[tensor][autograd][errors]") {
    Tape tape;
    const Var x = tape.leaf(Tensor({2}));
    CHECK_THROWS_AS(tape.value(Var{5}), ValueError);
    CHECK_THROWS_AS(tape.op(Tensor(), {Var{5}}, {}), ValueError);
    CHECK_THROWS_AS(tape.backward(x, Tensor({3})), ShapeError);
    const Var too_few =
        tape.op(Tensor({2}), {x}, [](const Tensor&) { return std::vector<Tensor>{}; });
    CHECK_THROWS_AS(tape.backward(too_few, Tensor({2})), ShapeError);
    const Var wrong =
        tape.op(Tensor({2}), {x}, [](const Tensor&) { return std::vector<Tensor>{Tensor({3})}; });
    CHECK_THROWS_WITH(tape.backward(wrong, Tensor({2})),
                      "tape: a gradient has shape [3], wanted [2]");
}
