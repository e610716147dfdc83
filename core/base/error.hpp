// Errors: what the program throws, by whose fault it is
//
// Every message is one line: who: what it is, wanted what. NaN and infinity are results, not errors.
#pragma once

#include <stdexcept>
#include <string>

namespace orrery {

// The base of all errors that Orrery throws on purpose.
struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A tensor has the wrong shape.
struct ShapeError : Error {
    using Error::Error;
};

// An argument has a value that makes no sense.
struct ValueError : Error {
    using Error::Error;
};

// A file is not what it claims to be, or cannot be read or written.
struct FormatError : Error {
    using Error::Error;
    FormatError(const std::string& path, const std::string& place, const std::string& what)
        : Error(path + (place.empty() ? "" : ": " + place) + ": " + what) {}
};

}  // namespace orrery
