// The rules of the English stories; how they are read stands in story_grammar.hpp
#include "core/data/story_grammar.hpp"

namespace orrery::data {

// hero: name / he / his / him / kind        place: name / where          thing, food: one of it
static constexpr std::string_view rules = R"(
story = [opening] [plot] [ending]
plot = [lost] | [lost] | [asking] | [asking] | [sharing] | [dark] | [seed] | [rain] | [baking]
  | [race] | [counting] | [boat]

hero = Lily/she/her/her/girl | Mia/she/her/her/girl | Anna/she/her/her/girl
  | Sue/she/her/her/girl | Lucy/she/her/her/girl | Rose/she/her/her/girl
  | Tom/he/his/him/boy | Ben/he/his/him/boy | Max/he/his/him/boy | Sam/he/his/him/boy
  | Jack/he/his/him/boy | Tim/he/his/him/boy
friend = rabbit/he/his/him | bear/he/his/him | duck/she/her/her | fox/he/his/him
  | mouse/she/her/her | frog/he/his/him | bird/she/her/her | deer/she/her/her
animal = cat | dog | goat | horse | pig | cow | hen | sheep
first = [animal]
second = [animal]
third = [animal]
place = park/in the park | forest/in the forest | river/by the river | hill/on the hill
  | farm/on the farm | beach/on the beach | market/at the market | garden/in the garden
  | lake/by the lake | village/in the village
thing = red ball | blue kite | toy boat | yellow hat | green scarf | little drum | warm coat
  | big book | toy train | silver bell | soft doll | brown bag | pink cup | gold ring
food = cake | pie | bun | pancake | loaf of bread | red apple | sweet pear | bowl of soup
adjective = kind | happy | clever | brave | quiet | funny
size = little | small | young
weather = sunny | warm | cold | windy | bright | quiet
sad = sad | very sad | so sad that <hero.1> began to cry | worried
glad = happy | very happy | so happy that <hero.1> began to sing | glad

opening = Once upon a time, there was a [size] <hero.4> named <hero>. [home]
  | Once there was a [adjective] <hero.4> named <hero>. [home]
  | A [size] <hero.4> named <hero> went to the <place> every day. [known]
  | There was once a [adjective] <hero.4>. <^hero.2> name was <hero>. [home]
  | <hero> was a [size] <hero.4>. [home]
known = <^hero.1> knew the <friend> well. | <^hero.1> had a friend there, the <friend>.
home = <^hero.1> lived in a [size] house near the <place>.
  | <^hero.1> lived near the <place> with <hero.2> mother and father.
  | Every day <hero.1> played <place.1>.
  | <^hero.1> loved to play <place.1>.
  | <^hero.1> and the <friend> were good friends.

lost = <^hero.1> had a <thing> and took it everywhere. One [weather] morning, the <thing> was
  gone. "Where is my <thing>?" asked <hero>. <^hero.1> looked [search] and [search], but the
  <thing> was not there. <hero> was [sad].\n[helper] "[comfort]" said the <friend>. "I will help
  you find it." They looked [search]. They looked [search]. At last, the <friend> looked [search]
  and said, "Here is your <thing>!" [thanks]
search = under the bed | behind the door | under the table | in the big box | behind the tree
  | in the tall grass | under the old chair | behind the house | in the kitchen
  | under the bridge | on top of the wall | by the gate
hidden = [search]
helper = Then the <friend> came by. | Just then, a <friend> came down the road.
  | The <friend> saw that <hero> was not happy. | A [adjective] <friend> heard <hero.3>.
comfort = Do not cry, | Do not worry, | Do not be sad, | It will be all right,

asking = One day, <hero.1> could not find <hero.2> <thing>.\n[ask] the <first>, "[seen]" "No,"
  said the <first>, "[no]" [ask] the <second>, "[seen]" "No," said the <second>, "[no]" [ask] the
  <third>, "[seen]" "No," said the <third>, "[no]"\nThen <hero.1> asked the <friend>, "[seen]"
  "Yes," said the <friend>. "It is <hidden>." <hero> looked <hidden>, and there was the
  <thing>! [thanks]
ask = <^hero.1> asked
seen = Have you seen my <thing>?
no = I have not seen it.

sharing = <hero> had a [size] <food>. The <friend> had nothing to eat. "I am hungry," said the
  <friend>. "[offer]" said <hero>. <^hero.1> gave half of the <food> to the <friend>, and they
  sat down <place.1> and ate it together. "This is a very good <food>," said the <friend>.
  [thanks] <hero> learned that it is good to share.
offer = You can have some of my <food>, | Let us share my <food>, | Here is half of my <food>,

dark = When night came, it was very dark. <hero> heard a sound [search]. "Who is there?" asked
  <hero>. No one said a word. <^hero.1> was afraid. <^hero.1> took <hero.2> <thing> and went to
  look. There, [search], sat a [size] <friend>. "I was afraid of the dark," said the <friend>.
  "I was afraid too," said <hero>. "[together]" So they sat together until the sun came up.
together = Now we are two, and we are not afraid. | Let us be brave together.
  | Come and sit with me.

seed = One day, <hero.1> found a [size] seed <place.1>. "What will it be?" asked <hero>. <^hero.1>
  put the seed in the ground and gave it water. On the first day, nothing came up. On the second
  day, nothing came up. On the third day, there was a [size] green leaf. The <friend> came to look
  at it every day. When summer came, it was a tall [plant]. [wonder]
plant = tree | flower | apple tree | sunflower | rose
wonder = "It was so small," said the <friend>, "and now it is so big!"
  | "Good things take time," said the <friend>. | "You took good care of it," said the <friend>.

rain = Then it began to rain. The rain came down and down, and <hero> had no coat. "Come in!"
  said the <friend>. "My house is [size], but it is dry." So <hero> went in and sat by the fire.
  There came a knock at the door. It was a wet [animal]. "Come in!" said <hero>. Then there came
  a knock at the door. It was a wet [animal]. "Come in!" said the <friend>. They all sat by the
  fire and had [treat] until the rain was over.

baked = cake | pie | bun | pancake | honey cake | loaf of bread | apple pie
baking = "Let us make a <baked>," said <hero>'s mother. First, <hero.1> washed <hero.2> hands.
  Next, <hero.1> took some [stuff] and some [stuff]. Then <hero.1> mixed and mixed. Soon the house
  was full of a good smell. The <friend> came to the door and said, "What smells so good?" "It is
  a <baked>," said <hero>. "Sit down and eat with us." [thanks]
stuff = milk | sugar | flour | butter | honey | salt | eggs

race = One day, the <friend> said, "I can run faster than you." "[accept]" said <hero>. They ran
  from the [mark] to the [mark]. The <friend> ran very fast, but then <friend.1> stopped to
  [rest]. <hero> did not stop. <^hero.1> ran and ran. "I have won!" said <hero>. "Next time,"
  said the <friend>, "I will not stop to [rest]." They laughed and walked home together.
accept = Let us see, | I do not think so, | Let us have a race,
mark = big tree | old house | bridge | gate | wall | tall stone | road
rest = sleep | eat | look at a flower | drink some water | talk to a bird

counting = One [weather] morning, <hero> looked out of the window. One <counted> sat on the wall.
  Then came one more, and there were two. Then came one more, and there were three. Then came one
  more, and there were four. "One, two, three, four!" said <hero>. The <friend> came by and said
  hello, and all the <counted>s ran away. "None!" said <hero>, and the <friend> laughed.
counted = bird | hen | duck

boat = <hero> and the <friend> made a [size] boat. They put it on the water <place.1>. The wind
  took the boat far away. "Come back!" said <hero>, but the boat did not come back. The <friend>
  [swam] and brought it home. "You are brave and strong," said <hero>. [thanks]
swam = ran after it | called the wind | jumped into the water

thanks = "Thank you!" said <hero>. <^hero.1> was [glad]. | "Thank you, <friend>!" said <hero>.
  | <hero> was [glad]. "You are a good friend," <hero.1> said.
  | The <friend> smiled. "That is what friends are for," <friend.1> said.
ending = From that day on, <hero> and the <friend> were the best of friends.
  | And they played <place.1> until the sun went down.
  | Then they all went home and had [treat]. | <hero> never forgot that day.
  | That night, <hero> slept very well.
  | "What a good day!" said <hero>. The end. | And so they lived happily ever after.
treat = warm milk | some cake | hot soup | bread and honey | hot tea
)";

const StoryGrammar& english_stories() {
    static const StoryGrammar grammar = parse_story_grammar(rules);
    return grammar;
}

}  // namespace orrery::data
