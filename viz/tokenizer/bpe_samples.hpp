// Samples of three languages, written for the BPE panel: a part to learn from, a part to measure on
#pragma once

namespace orrery::viz::samples {

struct Language {
    const char* key;    // "english"
    const char* learn;  // merges are learned from this
    const char* read;   // and measured on this, which they have not seen
};

inline constexpr Language languages[] = {
    {"english",
     "The river runs through the old town, and over the river there is a bridge of stone. Every "
     "morning the baker walks over the bridge with his bread, and every evening the children run "
     "back over it from school. When the rain comes, the water rises and the children stand on "
     "the bridge and watch the river. The baker says that the river remembers everything: the "
     "summer when there was no water, the winter when there was nothing but ice. The children "
     "think that a river can not remember. But the water comes from the mountains and goes to "
     "the sea, and it comes again with the rain, so there is something in what the baker says.",
     "In the evening the old baker stands on the stone bridge and tells the children about the "
     "winter when the river was nothing but ice. They listen, and then they run home through the "
     "rain."},
    {"chinese",
     "一条河从老城中间流过，河上有一座石桥。每天早上，面包师提着面包从桥上走过；每天傍晚，孩"
     "子们放了学，又从桥上跑回来。下雨的时候，河水涨起来，孩子们就站在桥上看河。面包师说，"
     "这条河什么都记得：记得没有水的那个夏天，也记得河上只有冰的那个冬天。孩子们觉得，河是"
     "不会记事的。可是河水从山上来，流到海里去，又跟着雨水回来，所以面包师说的话，也有几分"
     "道理。",
     "傍晚，面包师站在石桥上，给孩子们讲河上只有冰的那个冬天。孩子们听着听着，雨下起来了，"
     "他们就从桥上跑回家去。"},
    {"code",
     "int count_words(const std::string& text) {\n    int count = 0;\n    bool inside = false;\n   "
     " "
     "for (char c : text) {\n        if (c == ' ') {\n            inside = false;\n        } else "
     "if (!inside) {\n            inside = true;\n            ++count;\n        }\n    }\n    "
     "return count;\n}\n\nstd::string reversed(const std::string& text) {\n    std::string "
     "result;\n    for (char c : text) {\n        result = c + result;\n    }\n    return "
     "result;\n}\n",
     "int count_spaces(const std::string& text) {\n    int count = 0;\n    for (char c : text) {\n "
     " "
     "      if (c == ' ') {\n            ++count;\n        }\n    }\n    return count;\n}\n"},
};

}  // namespace orrery::viz::samples
