"""The lists of words that a phrase can name in square brackets."""


def _list(text: str) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(word.strip() for word in text.replace("\n", "|").split("|") if word.strip())
    )


_ONES_OWN = _list("my|his|her|their|our|your|ones")
_SIDES = _list(
    "left|right|whole|both|bare|little|poor|entire|two|lower|upper|index|middle|ring|big"
)
_PEOPLES = """
sons|daughters|wifes|husbands|mums|moms|mothers|dads|fathers|babys|babies|kids|childs|childrens
toddlers|boys|girls|grandmas|grandmothers|grandads|grandfathers|nans|grans|brothers|sisters
friends|neighbours|neighbors|partners|workers|operators|colleagues|coworkers|apprentices|guests
customers|residents|passengers|technicians|drivers|patients|persons|mans|womans|olds|ladys|mates
nephews|nieces|uncles|aunts|staffs|girlfriends
boyfriends|lads|grandsons|granddaughters|dogs|cats
somebodys|someones|fathers in law|bosss|tenants|helpers|maids|drivers|fitters|riders
"""
_PEOPLE = """
me|myself|us|him|himself|herself|them|someone|somebody|anyone|people|persons|person|my wife|wife
my husband|husband|hubby|my son|son|daughter|kid
kids|child|children|childrens|baby|babies|toddler
toddlers|infant|newborn|boy|boys|girl|girls|mother
father|mum|mom|mummy|mommy|dad|daddy|gran|granny
grandma|grandmother|grandad|grandpa|grandfather|granddad
nan|nana|parents|lad|niece|nephew|brother
sister|cousin|uncle|aunt|auntie|in law|partner|girlfriend|boyfriend|fiance|fiancee|friend|mate
flatmate|roommate|worker|workers|employee|employees|operator|technician|colleague|colleagues
coworker|co worker|apprentice|guest|guests
tenant|tenants|resident|residents|passenger|passengers
neighbour|neighbor|neighbours|neighbors|man|men
woman|women|lady|gentleman|staff|patient|patients
driver|rider|cyclist|pedestrian|pedestrians|customer
customers|shopper|visitor|pupil|pupils|student
students|teacher|dog|puppy|cat|kitten|pet|caretaker|cleaner|nurse|cook|chef|welder|roofer|fitter
one year old|year old|yr old|yo|passer by|passers by|bystander|maid|helper|nanny|crew
workmate|toddlers|grandson|granddaughter|grandchild|grandkids|mil|fil|oap|pensioner|housemate
"""
_LIMBS = """
hand|hands|arm|arms|leg|legs|foot|feet|head|face|back|neck|eye|eyes|ear|ears|nose|mouth|lip|lips
tongue|chest|shoulder|shoulders|stomach|belly|hair|bone|nail|lap|side|body|palm|palms|calf|heel
chin|jaw|cheek|cheeks|hip|temple|skin|groin
bum|backside|throat|lungs|spine|knuckles|wrist|wrists
finger|fingers|thumb|knee|knees|ankle|toe|toes|tooth|teeth|thigh|forehead|scalp|elbow
"""
_PARTS = """
finger|fingers|fingertip|fingertips|finger tip
finger tips|thumb|thumbs|thumbnail|fingernail|wrist
wrists|forearm|forearms|elbow|elbows|knuckle|knuckles|thigh|thighs|knee|knees|shin|shins|ankle
ankles|toe|toes|big toe|rib|ribs|collarbone
collar bone|skull|skin|scalp|forehead|eyebrow|eyebrows
eyelash|eyelashes|eyelid|cheek|cheeks|throat|tooth|teeth|front teeth|tendon|tendons|pelvis|spine
lungs|jaw|hip|lip|lips|chin|nostril|nostrils|eyeball|retina|cornea|eardrum|vertebra
"""
_INJURED = """
cut|cuts|sliced|slices|slashed|gashed|gash|burn|burns|burnt|burned|burning|scald|scalds|scalded
scalding|blister|blisters|blistered|bruise|bruises|bruised|bruising|bleed|bleeds|bleeding|bled
blood|broke|broken|breaks|fractured|fracture|crushed|crushes|crush|trapped|traps|trap|pinched
pinches|pinned|jammed|caught|caught up|stuck|numb|swollen|swelled|swelling|swell|hurt|hurts
hurting|injured|injures|injury|sprained|sprain|stitches|amputated|severed|torn|tore|punctured
pierced|stabbed|scratched|grazed|gouged|hit|hits|hitting|struck|strikes|smacked|smashed|whacked
knocked|mangled|ripped|peeling|peeled|pain|painful
ache|aching|aches|cramp|tingle|tingling|tingles
lacerated|laceration|lost|losing|nicked|chopped
singed|scorched|itching|itchy|rash|stinging|stung
stings|red raw|raw|irritated|dislocated|twisted|slammed|squashed|squeezed|nipped|clamped|snagged
zapped|shocked|split|splinter|splinters|shards|shrapnel|sprayed|splashed|spilled|spilt|poured
went through|flew into|went into|got into|embedded
shot into|wrapped round|wrapped around|tight round|round
around|wedged|lodged|near miss|inches from|cm from|missed|nearly|almost|narrowly|poked|banged
"""
_CHINESE_PARTS = """
手|手指|手掌|手臂|手背|手腕|胳膊|胳臂|腿|大腿|小腿
脚|脚趾|脚背|脚面|脚踝|头|脑袋|后脑勺|额头|脸|面部
眼|眼睛|眼球|眼皮|鼻子|鼻梁|嘴|嘴唇|嘴巴|舌头|牙
门牙|耳朵|脖子|颈|喉咙|胸口|胸|背|后背|腰|肚子|屁股
膝盖|胯|锁骨|肋骨|骨头|皮肤|皮|头皮|头发|眉毛|睫毛
指甲|指头|身上|身体|肉|虎口|手心|肩膀|肩|尾椎|脊椎
手脚|膊头|心口|下巴|面|肩头|脚板|脚底|只手|只脚|手腳|屁股|額頭|手肘|关节|脚跟|大脚趾|臀|眼角
"""
_CHINESE_PEOPLE = """
我|我们|咱|人|孩子|小孩|宝宝|婴儿|儿子|女儿|闺女
娃|娃娃|老人|老婆|老公|爱人|妻子|丈夫|妈|妈妈|爸|爸爸
爷爷|奶奶|外公|外婆|姥姥|姥爷|岳母|岳父|婆婆|公公|弟
妹|哥|姐|侄|外甥|孙子|孙女|同事|工人|员工|师傅|徒弟
客人|顾客|乘客|路人|邻居|学生|老师|司机|阿姨
大爷|大妈|大叔|老太太|老头|老伴|男朋友|女朋友|朋友|操作工
猫|狗|孕妇|阿婆|阿伯|细路|仔|囡囡|老豆|老母|佢
小朋友|学徒|主管|保洁|护士|病人|住户|业主|小狗|小猫|行人
人家|太太|先生|家人|女仔|妹妹|弟弟|哥哥|姐姐|阿妈
阿爸|爸妈|父母|父亲|母亲|小伙子|小姑娘|爹|娘|媳妇|保姆
"""
_COLOURS = """
red|orange|grey|gray|black|white|blue|green
yellow|brown|pink|purple|beige|gold|silver|oak|walnut
wood|glass|mirror|ember|charcoal|umber|sienna|navy|tone|colour|color|finish|edition|shade|copper
bronze|caramel|amber|ash|eucalyptus|pearl|chrome
topaz|crystal|effect|theme|wallpaper|design|print
sticker|logo|icon|emoji
"""

GROUPS: dict[str, tuple[str, ...]] = {
    "whose": (
        *_ONES_OWN,
        *(f"{own} {side}" for own in _ONES_OWN[:4] for side in _SIDES),
        *_list(_PEOPLES),
    ),
    "limb": _list(_LIMBS),
    "body": _list(_PARTS),
    "person": _list(_PEOPLE),
    "injured": _list(_INJURED),
    "colour": _list(_COLOURS),
    "部位": _list(_CHINESE_PARTS),
    "人": _list(_CHINESE_PEOPLE),
}
