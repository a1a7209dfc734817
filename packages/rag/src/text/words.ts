const list = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Words that carry grammar and hardly any claim. */
export const FUNCTION_WORDS = /* @__PURE__ */ list(`
a an the this that these those there here it its itself he him his himself she her hers herself they
them their theirs themselves who whom whose which what when where why how as at by for from in into
of off on onto out over per than then through to toward towards under up upon via with within about
across along among around between and or but nor so yet if because since while whereas although
though unless until whether be am is are was were been being do does did doing done have has had
having will would shall should can could may might must ought one ones some any each every either
both such same own other others another it's s d ll ve re m t let also too etc eg ie vs
`);

/** Words that say little by themselves, so that a claim may have or lack them. */
export const LIGHT_WORDS = /* @__PURE__ */ list(`
very really quite just still even ever much many more most lot lots several few often usually
sometimes generally mostly commonly typically actually basically simply called known named referred
considered regarded seen used like thing things way ways kind kinds type types sort sorts various
different certain well now already almost nearly approximately roughly estimated including include
includes included become became get gets got getting go goes going went make makes made take takes
took use uses using currently overall together apart however therefore moreover furthermore thus
hence indeed instead rather around particular specific able people
`);

/** Words that manage a conversation and claim nothing about the world. */
export const DISCOURSE_WORDS = /* @__PURE__ */ list(`
yes yeah yep yup no nope ok okay oh ah wow well sure absolutely definitely certainly exactly hmm hi
hello hey thanks thank please sorry haha lol right indeed anyway course
`);

/** Words by which the speaker speaks of himself: no document supports that. */
export const SPEAKER_WORDS = /* @__PURE__ */ list(
  'i me my mine myself we us our ours ourselves im ive',
);

/** Words for the person addressed: weak, since they often mean anyone. */
export const ADDRESSEE_WORDS = /* @__PURE__ */ list('you your yours yourself yourselves');

/** Words that turn a statement round. */
export const NEGATORS = /* @__PURE__ */ list(
  'not no never none nobody nothing neither nor cannot without nt hardly barely scarcely fails fail failed lacks lack lacked',
);

/** Auxiliaries whose `n't` is split off. */
export const CONTRACTED = /* @__PURE__ */ list(
  'don doesn didn isn aren wasn weren won wouldn shouldn couldn can hasn haven hadn mustn ain',
);
