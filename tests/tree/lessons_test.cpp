// Every lesson is replayed and everything it claims is checked
#include "tests/support/catch.hpp"
#include "tests/support/repository.hpp"
#include "viz/app/catalogue.hpp"
#include "viz/app/lesson_command.hpp"

using namespace orrery;

TEST_CASE("lessons: what they claim holds", "[tree][lessons]") {
    for (const auto& id : viz::taught_ids()) {
        DYNAMIC_SECTION(id) {
            std::vector<std::string> complaints;
            for (const auto& problem : viz::check_lesson(id))
                complaints.push_back(lessons::to_string(problem));
            INFO(test::listed(complaints));
            CHECK(complaints.empty());
        }
    }
}

TEST_CASE("lessons: every file in lessons is carried by the program", "[tree][lessons]") {
    for (const auto& path : test::files_in("lessons", ".md")) {
        const bool chinese = path.ends_with(".zh.md");
        const std::string id = path.substr(8, path.size() - 8 - (chinese ? 6 : 3));
        CAPTURE(path);
        REQUIRE(viz::find_lesson(id, chinese));
        CHECK(viz::find_lesson(id, chinese)->text == test::read(path));
    }
}
