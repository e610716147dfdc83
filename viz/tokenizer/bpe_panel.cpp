// BPE: has a command, `orrery tokenizer`, and no picture yet
#include "viz/kit/panel.hpp"

namespace orrery::viz {
namespace {

void declare(Declaration& d) { d.output("ids"); }

}  // namespace

Panel make_tokenizer_bpe_panel() { return {declare, nullptr, nullptr}; }

}  // namespace orrery::viz
