import { assess } from '@spanforge/rag';

/** A source, what it supports, and nearly the same words that it does not support. */
export interface GroundingPair {
  readonly about: string;
  readonly source: string;
  readonly supported: string;
  readonly unsupported: string;
}

const pair = (
  about: string,
  source: string,
  supported: string,
  unsupported: string,
): GroundingPair => ({ about, source, supported, unsupported });

const ROLES = 'who did it to whom';
const QUALIFIER = 'a restriction of the source is gone';
const NUMBER = 'a number in words';
const SUBJECT = 'another subject';

/** The pairs by which the features were written. */
export const PAIRS: readonly GroundingPair[] = [
  pair(
    ROLES,
    'Anna paid Boris on Monday.',
    'On Monday Anna paid Boris.',
    'Boris paid Anna on Monday.',
  ),
  pair(
    ROLES,
    'In 1998 Acme bought Globex.',
    'Acme bought Globex in 1998.',
    'Globex bought Acme in 1998.',
  ),
  pair(
    ROLES,
    'The insurer paid the garage 400 dollars.',
    'The garage was paid 400 dollars by the insurer.',
    'The garage paid the insurer 400 dollars.',
  ),
  pair(
    ROLES,
    'The tenant sued the landlord over the deposit.',
    'The landlord was sued by the tenant over the deposit.',
    'The landlord sued the tenant over the deposit.',
  ),
  pair(
    ROLES,
    'Brazil was beaten by Germany in the final.',
    'Germany beat Brazil in the final.',
    'Brazil beat Germany in the final.',
  ),
  pair(
    ROLES,
    'The nurse called the doctor after midnight.',
    'After midnight the nurse called the doctor.',
    'The doctor called the nurse after midnight.',
  ),
  pair(
    QUALIFIER,
    'Refunds are paid only to the original card.',
    'Refunds are only paid to the original card.',
    'Refunds are paid to the original card and to any other card.',
  ),
  pair(
    QUALIFIER,
    'Only managers may approve refunds over 500 dollars.',
    'Refunds over 500 dollars may be approved only by managers.',
    'Staff and managers may approve refunds over 500 dollars.',
  ),
  pair(
    QUALIFIER,
    'The pass is usually valid for a year.',
    'The pass is generally valid for a year.',
    'The pass is valid for a year.',
  ),
  pair(
    QUALIFIER,
    'The fee is refunded if the flight is cancelled.',
    'If the flight is cancelled, the fee is refunded.',
    'The fee is refunded.',
  ),
  pair(
    QUALIFIER,
    'Pets are allowed unless they weigh more than 8 kg.',
    'Unless they weigh more than 8 kg, pets are allowed.',
    'Pets are allowed.',
  ),
  pair(
    QUALIFIER,
    'Some rooms have a balcony.',
    'A balcony is in some of the rooms.',
    'All rooms have a balcony.',
  ),
  pair(
    QUALIFIER,
    'The medicine often causes headaches.',
    'Headaches are often caused by the medicine.',
    'The medicine always causes headaches.',
  ),
  pair(
    QUALIFIER,
    'Members can typically park for free.',
    'Typically members can park for free.',
    'Members can park for free.',
  ),
  pair(
    NUMBER,
    'The policy covers 3 vehicles.',
    'The policy covers three vehicles.',
    'The policy covers four vehicles.',
  ),
  pair(
    NUMBER,
    'Twelve eggs are in each box.',
    'A dozen eggs are in each box.',
    'Two dozen eggs are in each box.',
  ),
  pair(
    NUMBER,
    'The band made 24 records.',
    'The band made two dozen records.',
    'The band made a dozen records.',
  ),
  pair(
    NUMBER,
    'About 150 people came to the meeting.',
    'About a hundred and fifty people came to the meeting.',
    'About two hundred and fifty people came to the meeting.',
  ),
  pair(
    NUMBER,
    'The tower is a hundred metres high.',
    'The tower is 100 metres high.',
    'The tower is 200 metres high.',
  ),
  pair(
    NUMBER,
    'The warranty lasts one year.',
    'The warranty lasts 1 year.',
    'The warranty lasts 2 years.',
  ),
  pair(
    NUMBER,
    'Half of the seats were sold.',
    '50 percent of the seats were sold.',
    '80 percent of the seats were sold.',
  ),
  pair(
    NUMBER,
    'She won the race twice.',
    'She won the race two times.',
    'She won the race three times.',
  ),
  pair(
    SUBJECT,
    'Miller wrote the report. Jones edited the book.',
    'Miller wrote the report.',
    'Jones wrote the report.',
  ),
  pair(
    SUBJECT,
    'The airline pays for the hotel. The passenger pays for meals.',
    'The airline pays for the hotel.',
    'The passenger pays for the hotel.',
  ),
  pair(
    SUBJECT,
    'Paris is the capital of France, and Lyon is a large city.',
    'Paris is the capital of France.',
    'Lyon is the capital of France.',
  ),
  pair(
    SUBJECT,
    'The landlord repairs the roof. The tenant cleans the windows.',
    'The tenant cleans the windows.',
    'The landlord cleans the windows.',
  ),
];

/** Pairs that were written with these, before the features, and on which nothing was changed afterwards. */
export const MORE_PAIRS: readonly GroundingPair[] = [
  pair(
    ROLES,
    'Carla hired Diego last spring.',
    'Last spring Carla hired Diego.',
    'Diego hired Carla last spring.',
  ),
  pair(
    ROLES,
    'The buyer notifies the seller in writing.',
    'The seller is notified by the buyer in writing.',
    'The seller notifies the buyer in writing.',
  ),
  pair(
    ROLES,
    'The dog chased the cat across the yard.',
    'The cat was chased across the yard by the dog.',
    'The cat chased the dog across the yard.',
  ),
  pair(
    ROLES,
    'Spain was invaded by France in 1808.',
    'France invaded Spain in 1808.',
    'Spain invaded France in 1808.',
  ),
  pair(
    QUALIFIER,
    'Only residents can park here at night.',
    'At night only residents can park here.',
    'Visitors and residents can park here at night.',
  ),
  pair(
    QUALIFIER,
    'Deliveries usually arrive within two days.',
    'Deliveries normally arrive within two days.',
    'Deliveries arrive within two days.',
  ),
  pair(
    QUALIFIER,
    'The bonus is paid if the target is met.',
    'If the target is met, the bonus is paid.',
    'The bonus is paid.',
  ),
  pair(
    QUALIFIER,
    'Most species of the family are harmless.',
    'Most of the species in the family are harmless.',
    'All species of the family are harmless.',
  ),
  pair(
    NUMBER,
    'The house has six bedrooms.',
    'The house has 6 bedrooms.',
    'The house has five bedrooms.',
  ),
  pair(
    NUMBER,
    'The club has 36 members.',
    'The club has three dozen members.',
    'The club has two dozen members.',
  ),
  pair(
    NUMBER,
    'The bridge cost 200 million dollars.',
    'The bridge cost two hundred million dollars.',
    'The bridge cost three hundred million dollars.',
  ),
  pair(
    NUMBER,
    'A hundred guests were invited.',
    '100 guests were invited.',
    '1000 guests were invited.',
  ),
  pair(
    SUBJECT,
    'The host brings the wine. The guests bring dessert.',
    'The guests bring dessert.',
    'The host brings dessert.',
  ),
  pair(
    SUBJECT,
    'Keller designed the hall. Brandt painted the ceiling.',
    'Brandt painted the ceiling.',
    'Keller painted the ceiling.',
  ),
];

/** Pairs that the scorer does not tell apart: it takes no verb from `board`, which has no ending. */
export const MISSED_PAIRS: readonly GroundingPair[] = [
  pair(
    SUBJECT,
    'Gold members board first and silver members board later.',
    'Gold members board first.',
    'Silver members board first.',
  ),
];

/** Whether the scorer grounds an answer of a pair. */
export const grounds = (answer: string, source: string): boolean =>
  assess(answer, [{ id: 's', text: source }]).status === 'grounded';
