/** Groups of words that can stand for each other in most sentences; stems, one group a line. */
const SAME = `
begin start originate commence launch
end finish conclude terminate cease
big large huge great enormous massive giant
small little tiny minor
film movie picture
book novel
song track tune
buy purchase acquire
sell vend
die death dead decease pass
write author compose pen
make create produce build construct manufacture
found establish form set
find discover locate
show display demonstrate reveal
say state tell report claim announce declare
help assist aid support
need require want intend
get receive obtain gain earn win
keep retain maintain hold
job profession occupation career work
company firm business corporation enterprise
country nation state
city town municipality
kid child children
doctor physician
car automobile vehicle
fast quick rapid swift
smart intelligent clever
famous popular renowned notable celebrated
important significant major key crucial main
hard difficult
easy simple
old ancient elderly
new recent modern
happen occur take
live reside dwell
move relocate transfer
name call title know refer term dub
group band team
choose select pick
allow permit let enable
cause lead result
different distinct diverse various varied
kind type sort variety form
use utilize employ apply
like such
sometimes occasional
trait characteristic property quality attribute
feature include contain comprise consist
impact affect influence effect
rival opponent competitor
food meal dish
begin origin date
usa america us american states
uk britain british
sport game
million m
percent percentage
year annual yearly
month monthly
day daily
week weekly
number amount quantity
near close
part portion section component
whole entire all complete
common widespread frequent normal usual typical general often
rise increase grow climb
fall decrease decline drop reduce shrink lower
illness disease sickness
cure treat heal
house home
road street
area region zone
world globe worldwide global
speak talk
teach instruct educate
study learn
earn make
pay cost price fee
refund reimburse repay
cancel annul revoke
change modify alter
fix repair mend
photo photograph picture image
mother mom mum
father dad
married wed marry wife husband spouse
initial first original
final last
annual yearly
purpose aim goal objective
method way technique
wide broad
`;

/** Pairs that cannot both be true of one thing; stems, one pair a line. */
const OPPOSITE = `
increase decrease
increase decline
increase reduce
rise fall
grow shrink
gain lose
win lose
accept reject
accept refuse
accept deny
approve reject
approve deny
allow forbid
allow prohibit
allow ban
permit forbid
permit prohibit
include exclude
open close
start end
begin end
buy sell
arrive depart
enter leave
enter exit
before after
earlier later
early late
above below
over under
more less
most least
more fewer
maximum minimum
max min
high low
higher lower
large small
big small
long short
old young
old new
hot cold
warm cool
fast slow
hard easy
strong weak
rich poor
good bad
best worst
better worse
positive negative
true false
right wrong
left right
north south
east west
northern southern
eastern western
male female
man woman
boy girl
father mother
brother sister
son daughter
husband wife
king queen
alive dead
birth death
born die
first last
always never
all none
everyone nobody
possible impossible
legal illegal
public private
internal external
inside outside
active inactive
safe dangerous
success failure
succeed fail
pass fail
cause prevent
import export
mandatory optional
required optional
present absent
day night
morning evening
summer winter
black white
full empty
wet dry
light dark
common rare
major minor
single married
guilty innocent
friend enemy
love hate
ancient modern
urban rural
acid alkaline
professional amateur
teacher student
employer employee
buyer seller
winner loser
upper lower
`;

/** Irregular forms of verbs, by their base form. */
const VERBS = `
begin began begun
write wrote written
win won
die died dying
lie lay lain
speak spoke spoken
take took taken
give gave given
know knew known
grow grew grown
fall fell fallen
rise rose risen
choose chose chosen
break broke broken
drive drove driven
find found
hold held
keep kept
leave left
lose lost
make made
meet met
pay paid
buy bought
bring brought
catch caught
teach taught
think thought
sell sold
tell told
say said
see saw seen
sing sang sung
swim swam swum
run ran
come came
become became
build built
spend spent
send sent
lead led
feed fed
fight fought
feel felt
get got gotten
eat ate eaten
wear wore worn
draw drew drawn
fly flew flown
throw threw thrown
show shown
sleep slept
stand stood
understand understood
steal stole stolen
shoot shot
bear bore borne
beat beaten
blow blew blown
forget forgot forgotten
forgive forgave forgiven
freeze froze frozen
hear heard
hide hid hidden
lend lent
mean meant
ride rode ridden
seek sought
shake shook shaken
strike struck
wake woke woken
`;

/** Other irregular forms, by their base form. */
const FORMS = `
child children
man men
woman women
person people
foot feet
tooth teeth
mouse mice
goose geese
life lives
wife wives
good better best
bad worse worst
britain british
france french
spain spanish
china chinese
japan japanese
germany german
italy italian
greece greek
england english
ireland irish
scotland scottish
netherlands dutch
sweden swedish
denmark danish
poland polish
turkey turkish
long length
strong strength
wide width
deep depth
high height
popular popularity
`;

const lines = (text: string): readonly (readonly string[])[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.split(' '));

function formsTable(): ReadonlyMap<string, string> {
  const table = new Map<string, string>();
  for (const [base = '', ...forms] of [...lines(VERBS), ...lines(FORMS)]) {
    for (const form of forms) if (!table.has(form)) table.set(form, base);
  }
  return table;
}

/** Irregular forms to what they are forms of. */
export const IRREGULAR: ReadonlyMap<string, string> = /* @__PURE__ */ formsTable();

/** Irregular past forms of verbs: words that are the verb of a clause. */
export const PAST_FORMS: ReadonlySet<string> = /* @__PURE__ */ new Set(
  lines(VERBS).flatMap(([, ...forms]) => forms),
);

/** What words stand for: groups of near synonyms, and pairs of opposites, by stem. */
export interface Lexicon {
  /** Numbers of the groups a stem is in. */
  groups(stem: string): readonly number[];
  /** Stems that contradict a stem. */
  opposites(stem: string): readonly string[];
}

/** Builds the lexicon over a stemmer, so that its entries are stemmed as the texts are. */
export function createLexicon(stem: (word: string) => string): Lexicon {
  const groups = new Map<string, number[]>();
  const opposites = new Map<string, string[]>();
  const put = <Value>(map: Map<string, Value[]>, key: string, value: Value): void => {
    const held = map.get(key);
    if (held) held.push(value);
    else map.set(key, [value]);
  };
  for (const [number, group] of lines(SAME).entries()) {
    for (const word of new Set(group.map(stem))) put(groups, word, number);
  }
  for (const [a = '', b = ''] of lines(OPPOSITE)) {
    put(opposites, stem(a), stem(b));
    put(opposites, stem(b), stem(a));
  }
  const none: readonly never[] = Object.freeze([]);
  return {
    groups: (word) => groups.get(word) ?? none,
    opposites: (word) => opposites.get(word) ?? none,
  };
}
