// The rules of the Chinese stories; how they are read stands in story_grammar.hpp
#include "core/data/story_grammar.hpp"

namespace orrery::data {

// hero: name / he or she / boy or girl        place: name / where        thing, food: measure / it
static constexpr std::string_view rules = R"(
story = [opening][plot][ending]
plot = [lost] | [lost] | [asking] | [asking] | [sharing] | [dark] | [seed] | [rain] | [baking]
  | [race] | [counting] | [boat]

hero = 小红/她/女孩 | 丽丽/她/女孩 | 小兰/她/女孩 | 安安/她/女孩 | 小雨/她/女孩
  | 小明/他/男孩 | 小刚/他/男孩 | 乐乐/他/男孩 | 天天/他/男孩 | 大山/他/男孩
friend = 小兔 | 小熊 | 小鸭 | 小狐狸 | 小老鼠 | 小青蛙 | 小鸟 | 小鹿
animal = 小猫 | 小狗 | 山羊 | 小马 | 小猪 | 奶牛 | 母鸡 | 绵羊
first = [animal]
second = [animal]
third = [animal]
place = 公园/公园里 | 树林/树林里 | 小河/小河边 | 山坡/山坡上 | 农场/农场里 | 海滩/海滩上
  | 花园/花园里 | 湖/湖边 | 村子/村子里
thing = 个/红皮球 | 只/蓝风筝 | 条/绿围巾 | 顶/黄帽子 | 个/小鼓 | 件/暖和的大衣 | 本/厚厚的书
  | 辆/玩具火车 | 个/银铃铛 | 个/布娃娃
food = 块/蛋糕 | 张/大饼 | 个/包子 | 碗/面条 | 个/苹果 | 个/梨 | 碗/热汤 | 个/馒头
adjective = 善良 | 快乐 | 聪明 | 勇敢 | 安静 | 有趣
weather = 晴朗 | 温暖 | 凉爽 | 明亮 | 安静
sad = 很难过 | 非常难过 | 难过得哭了 | 很着急
glad = 很高兴 | 非常高兴 | 高兴得唱起歌来 | 高兴极了

opening = 从前，有一个小<hero.2>，名字叫<hero>。[home] | 从前，有一个[adjective]的小<hero.2>，叫<hero>。[home]
  | 小<hero.2><hero>每天都来<place.1>玩。 | <hero>是一个[adjective]的小<hero.2>。[home]
  | 很久很久以前，<place.1>住着一个叫<hero>的小<hero.2>。
home = <hero.1>和爸爸妈妈住在<place.1>。 | <hero.1>每天都在<place.1>玩。
  | <hero.1>最喜欢在<place.1>玩。 | <hero.1>和<friend>是好朋友。

lost = <hero.1>有一<thing><thing.1>，走到哪里都带着。有一天早上，<thing.1>不见了。“我的<thing.1>在哪里？”<hero>
  问。<hero.1>在[look]找了找，又在[look]找了找，可是<thing.1>不在那里。<hero>[sad]。\n[helper]“[comfort]，”<friend>
  说，“我来帮你找。”他们在[look]找了找，又在[look]找了找。最后，<friend>在[look]看了看，说：“你的<thing.1>在这里！”
  [thanks]
look = 床下 | 门后 | 桌子下 | 大箱子里 | 树后 | 草丛里 | 旧椅子下 | 屋子后面
  | 厨房里 | 桥下 | 墙上 | 大门边
hidden = [look]
helper = 这时，<friend>走了过来。 | 这时，一只[adjective]的<friend>从路上走来。
  | <friend>看见<hero>不高兴。 | <friend>听见了<hero>的声音。
comfort = 别哭 | 别担心 | 别难过 | 会好的

asking = 有一天，<hero.1>找不到自己的<thing.1>了。\n<hero.1>问<first>：“[seen]”“没有，”<first>说，“[no]”
  <hero.1>问<second>：“[seen]”“没有，”<second>说，“[no]”<hero.1>问<third>：“[seen]”“没有，”<third>说，“[no]”\n
  后来，<hero.1>问<friend>：“[seen]”“看见了，”<friend>说，“它在<hidden>。”<hero>到<hidden>看了看，<thing.1>真的就在
  那里！[thanks]
seen = 你看见我的<thing.1>了吗？
no = 我没有看见。

sharing = <hero>有一<food><food.1>，<friend>却没有东西吃。“我饿了，”<friend>说。“[offer]，”<hero>说。<hero.1>把<food.1>
  分了一半给<friend>，他们坐在<place.1>一起吃。“这<food><food.1>真好吃，”<friend>说。
  [thanks]<hero>明白了，好东西要和别人分享。
offer = 你吃我的<food.1>吧 | 我们一起吃吧 | 我分你一半吧

dark = 天黑了，四周很安静。<hero>听见<hidden>有声音。“是谁？”<hero>问。没有人说话。<hero.1>有点害怕，可是<hero.1>还是
  走过去看。原来<hidden>坐着一只<friend>。“我怕黑，”<friend>说。“我也怕黑，”<hero>说，“[together]。”他们坐在一起，
  一直等到太阳出来。
together = 现在我们两个在一起，就不怕了 | 我们一起勇敢一点吧 | 来和我坐在一起吧

seed = 有一天，<hero.1>在<place.1>找到一颗小种子。“它会长成什么呢？”<hero>问。<hero.1>把种子放进土里，给它浇水。第一天，
  什么也没有长出来。第二天，什么也没有长出来。第三天，长出了一片小小的绿叶。<friend>每天都来看它。到了夏天，它长成了一
  [plant]。[wonder]
plant = 棵大树 | 朵红花 | 棵苹果树 | 朵向日葵 | 朵白花
wonder = “它以前那么小，”<friend>说，“现在这么大了！” | “好事情要慢慢等，”<friend>说。
  | “你把它照顾得真好，”<friend>说。

rain = 忽然下起雨来了。雨下得很大，<hero>没有伞。“快进来！”<friend>说，“我的屋子很小，可是很干。”<hero>就走进去，坐在火边。
  有人敲门，原来是<first>。“快进来！”<hero>说。又有人敲门，原来是<second>。“快进来！”<friend>说。大家坐在火边，一起喝
  [treat]，一直等到雨停了。

baked = 蛋糕 | 大饼 | 包子 | 面条 | 馒头 | 饺子
baking = “我们来做<baked>吧，”<hero>的妈妈说。首先，<hero.1>洗了手。接着，<hero.1>拿来了一些[stuff]和一些[stuff]。
  然后，<hero.1>做呀做呀，屋子里很快就香了。<friend>走到门口说：“什么这么香？”“是<baked>，”<hero>说，“坐下来和我们
  一起吃吧。”[thanks]
stuff = 牛奶 | 白糖 | 面粉 | 黄油 | 蜂蜜 | 鸡蛋

race = 有一天，<friend>说：“我跑得比你快。”“[accept]，”<hero>说。他们从[mark]跑到[mark]。<friend>跑得很快，可是它停下来
  <rest>。<hero>没有停，<hero.1>跑呀跑呀。“我赢了！”<hero>说。“下一次，”<friend>说，“我不会停下来<rest>了。”他们笑着
  一起走回家。
accept = 我们来比一比吧 | 我不相信 | 那就比一比
mark = 大树 | 老屋 | 小桥 | 大门 | 围墙 | 大石头
rest = 睡觉 | 吃东西 | 看花 | 喝水 | 和小虫说话

counted = 小鸟 | 鸽子 | 麻雀
counting = 在一个[weather]的早晨，<hero>往窗外看。墙上有一只<counted>。又来了一只，就有两只了。又来了一只，就有三只了。又来了一只，
  就有四只了。“一，二，三，四！”<hero>说。<friend>走过来问好，它们一下子都飞走了。“一只也没有了！”<hero>说，<friend>笑了。

boat = <hero>和<friend>做了一只小船，放在水里。风把小船吹得很远很远。“回来！”<hero>说，可是小船没有回来。<friend>[swim]，
  把小船带了回来。“你真勇敢，”<hero>说。[thanks]
swim = 跑过去 | 叫来了风 | 跳进水里

thanks = “谢谢你！”<hero>说。<hero.1>[glad]。 | “谢谢你，<friend>！”<hero>说。
  | <hero>[glad]。“你真是我的好朋友，”<hero.1>说。 | <friend>笑了：“好朋友就应该这样。”
ending = 从那天起，<hero>和<friend>成了最好的朋友。 | 他们在<place.1>一直玩到太阳下山。
  | 后来，他们一起回家喝了[treat]。 | <hero>一直记得这一天。
  | 那天晚上，<hero>睡得很香。 | “今天真开心！”<hero>说。 | 从此，他们快乐地生活在一起。
treat = 牛奶 | 热汤 | 热茶 | 蜂蜜水
)";

const StoryGrammar& chinese_stories() {
    static const StoryGrammar grammar = parse_story_grammar(rules);
    return grammar;
}

}  // namespace orrery::data
