// Header: the block of labelled comments at the top of a component, read from the resources
//
// The block is written once and read in three places: in the source, on the component's card, and
// by `orrery show`. It begins the file and ends at the first line that is no comment.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orrery::viz {

struct Header {
    std::string id;        // "norm/layer_norm"
    std::string path;      // the file the block stands in: "core/norm/layer_norm.hpp"
    std::string name;      // "LayerNorm": what stands before the colon of the first sentence
    std::string sentence;  // "give every token's row mean 0 …": what stands after it
    std::vector<std::string> formula;               // a line each, as written
    std::vector<std::string> shapes, cost, errors;  // a line each
    std::string why, source, leaves_out;            // one paragraph each
    std::string survey;                             // "2.5"; may name several: "2.5, 3.1"
    std::string badge;                              // "computed", "simulated clock" or "schematic"
    struct See {
        std::string id;   // "norm/rms_norm"
        std::string why;  // "keeps only the scaling"; may be empty
    };
    std::vector<See> see;
    bool picture_later = false;

    // Names that the formula writes otherwise than the trace: ("W_qkv", "qkv_weight"). Read from
    // "symbol = name" in `shapes`.
    std::vector<std::pair<std::string, std::string>> aliases;
    std::vector<std::string> labels;    // in the order they were found
    std::vector<std::string> problems;  // what the block says in a way that could not be read

    bool has(std::string_view label) const;
    bool is_component() const { return has("survey"); }
    // "1910.07467" when the source names an arXiv paper.
    std::string arxiv() const;
};

// Never throws; what is not there stays empty.
Header parse_header(std::string_view source, std::string_view path);

// The header of a component: core/<id>.hpp, or viz/<id>_panel.cpp for a comparison. nullptr when
// there is no such component.
const Header* find_header(std::string_view id);
// Ids of all components (files whose block has a `survey` label), by survey section, then by id.
const std::vector<std::string>& component_ids();

// A section as a key that sorts: "2.5" < "2.10" < "3".
std::vector<int> section_key(std::string_view survey);

}  // namespace orrery::viz
