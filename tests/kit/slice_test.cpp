#include "viz/kit/slice.hpp"

#include "tests/support/catch.hpp"
#include "viz/model/small_model.hpp"

using namespace orrery;
using namespace orrery::viz;

TEST_CASE("slice: without one nothing is ever over", "[kit][slice]") {
    CHECK_FALSE(slice_is_over());
    {
        const Slice slice(0);
        CHECK(slice_is_over());
    }
    CHECK_FALSE(slice_is_over());
}

TEST_CASE("slice: a training goes on where it stopped", "[kit][slice]") {
    model::CausalDecoderConfig config;
    config.vocab_size = 8, config.context = 4, config.layers = 1, config.heads = 1;
    config.width = 4;
    std::size_t slices = 1;
    std::shared_ptr<const SmallModel> made;
    while (!made && slices < 1000) {
        const Slice slice(0);
        try {
            made = trained_model("en", config, 4242);
        } catch (const ComeAgain&) {
            ++slices;
        }
    }
    REQUIRE(made);
    CHECK(made->steps == slices);  // one step in each
    CHECK(trained_model("en", config, 4242) == made);
}
