/** Every command by its words, with what it is for; loaded when used so that the start stays fast. */
import type { Command } from '../command.ts';

/** A command before it is loaded. */
export interface Listed {
  /** One line, as the overview and the command's own help have it. */
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const of = (file: string, summary: string): Listed => ({
  summary,
  load: async () => ((await import(file)) as { command: Command }).command,
});

export const COMMANDS: Readonly<Record<string, Listed>> = {
  up: of('./up.ts', 'start the node (the first start creates it)'),
  demo: of('./demo.ts', 'the whole story: two nodes, one agreement, one finding, one proof'),
  match: of('./match.ts', 'find intelligence in evidence, here and now, without a node'),
  import: of('./import.ts', 'take in intelligence: STIX bundles, MISP events and feeds, lists of values'),
  verdicts: of('./verdicts.ts', 'what would cross to a peer now, what would not, and which clause says so'),
  sync: of(
    './sync.ts',
    'exchange what waits with one peer or all: messages, deliveries, receipts; read TAXII servers',
  ),
  'peer add': of('./peer-add.ts', 'make another organisation’s node, or a TAXII server, known to this one'),
  'peer list': of('./peer-list.ts', 'the nodes known to this one'),
  'collection add': of('./collection-add.ts', 'make a TAXII collection, by theme or for one peer'),
  'collection list': of('./collection-list.ts', 'the TAXII collections of this node'),
  'account add': of('./account-add.ts', 'give one of your own tools access to TAXII collections'),
  'account list': of('./account-list.ts', 'the accounts of your own tools and their rights'),
  'account remove': of('./account-remove.ts', 'take an account away; its next request is refused'),
  'agreement new': of('./agreement-new.ts', 'draft an agreement from a template'),
  'agreement sign': of(
    './agreement-sign.ts',
    'sign an agreement for this organisation and send it to the other parties',
  ),
  'agreement show': of('./agreement-show.ts', 'an agreement: its text, who signed, its state and why'),
  'agreement list': of('./agreement-list.ts', 'the agreements of this node and their states'),
  'agreement receive': of(
    './agreement-receive.ts',
    'take in an agreement that was signed elsewhere, as a file',
  ),
  'agreement export': of(
    './agreement-export.ts',
    'an agreement in another form: signed file, FIRST IEP 2.0, ODRL 2.2, STIX markings, a page to print',
  ),
  'agreement diff': of('./agreement-diff.ts', 'in words, what an amendment widens and what it narrows'),
  'agreement status': of(
    './agreement-status.ts',
    'the state of every agreement, what is coming, and what is owed where one has ended',
  ),
  'agreement explain': of(
    './agreement-explain.ts',
    'why one object may cross to a peer or not, and what would have to be different',
  ),
  'agreement simulate': of(
    './agreement-simulate.ts',
    'what would change if the agreement were ended, suspended or amended; nothing is done',
  ),
  'agreement check': of('./agreement-check.ts', 'check the text of an agreement, before anybody signs it'),
  'agreement amend': of('./agreement-amend.ts', 'draft the next version of an agreement'),
  'agreement renew': of(
    './agreement-renew.ts',
    'agree to prolong an agreement, as its renewal clause allows',
  ),
  'agreement let-lapse': of('./agreement-let-lapse.ts', 'refuse the automatic renewal of an agreement'),
  'agreement suspend': of('./agreement-suspend.ts', 'suspend an agreement; it takes effect at once'),
  'agreement resume': of('./agreement-resume.ts', 'lift this organisation’s suspension of an agreement'),
  'agreement end': of('./agreement-end.ts', 'end an agreement, as its notice clause allows'),
  'permission ask': of('./permission-ask.ts', 'ask a contributor for a use that its agreement leaves to it'),
  'permission list': of(
    './permission-list.ts',
    'what was asked of contributors, and what they ask of this organisation',
  ),
  'permission answer': of(
    './permission-answer.ts',
    'answer a question that an agreement leaves to this organisation',
  ),
  'retention list': of(
    './retention-list.ts',
    'what was received and has to be reviewed or erased, and what was erased here and at peers',
  ),
  'retention review': of(
    './retention-review.ts',
    'note that what is due for a review was looked at and is still needed',
  ),
  'retention run': of(
    './retention-run.ts',
    'erase what was received and may not be kept any longer, and tell its contributors',
  ),
  'object list': of('./object-list.ts', 'the STIX objects that this node holds'),
  'object find': of('./object-find.ts', 'what is held about a value: an address, a domain, a URL, a hash, …'),
  'object show': of('./object-show.ts', 'one object: who says it, who else, how much it is worth now'),
  export: of('./export.ts', 'write intelligence into a file: a STIX 2.1 bundle or MISP events'),
  'warninglist add': of('./warninglist-add.ts', 'keep a list of values that must not alert (MISP’s form)'),
  'warninglist list': of('./warninglist-list.ts', 'the warninglists that this node keeps'),
  'warninglist remove': of('./warninglist-remove.ts', 'keep a warninglist no longer'),
  'delivery list': of(
    './delivery-list.ts',
    'what crossed, to whom, under which agreement, and whether a receipt came back',
  ),
  recall: of('./recall.ts', 'withdraw an object wherever it went'),
  'recall status': of('./recall-status.ts', 'recalls, and who has not answered yet'),
  'agreement verify': of(
    './agreement-verify.ts',
    'check that a signed agreement is whole, valid and signed by every party',
  ),
  'agreement decide': of(
    './agreement-decide.ts',
    'ask an agreement whether an object may cross or be used, and which clauses say so',
  ),
  'case new': of('./case-new.ts', 'open a case'),
  'case list': of('./case-list.ts', 'the cases of this node'),
  'case show': of('./case-show.ts', 'a case with its exhibits, runs and what they found'),
  'evidence add': of('./evidence-add.ts', 'register files and folders as exhibits of a case'),
  'evidence list': of('./evidence-list.ts', 'the exhibits of a case'),
  'evidence show': of('./evidence-show.ts', 'read an exhibit; the reading is a custody event'),
  'evidence custody': of('./evidence-custody.ts', 'the chain of custody of a case’s exhibits'),
  'evidence run': of('./evidence-run.ts', 'run a tool over the exhibits of a case'),
  'evidence rerun': of('./evidence-rerun.ts', 'execute a run again, and say whether the same comes out'),
  'evidence transfer': of(
    './evidence-transfer.ts',
    'offer an exhibit to a peer; it is handed over when the peer accepts',
  ),
  'evidence accept': of(
    './evidence-accept.ts',
    'take over an exhibit that a peer offers; without a name, list transfers',
  ),
  'evidence bundle': of('./evidence-bundle.ts', 'put a case into one file that anyone can verify'),
  'evidence dispose': of(
    './evidence-dispose.ts',
    'destroy the bytes of an exhibit under an authority; its history stays',
  ),
  verify: of('./verify.ts', 'verify an evidence bundle, or the proof of a fork, without a node and offline'),
  'request new': of(
    './request-new.ts',
    'draft a request to a peer: an expert, support, intelligence, a tool, training',
  ),
  'request list': of(
    './request-list.ts',
    'requests made and received, newest first; with words, those that hold all of them',
  ),
  'request show': of('./request-show.ts', 'one request: its steps, its clock, whom to call when it is late'),
  'request review': of(
    './request-review.ts',
    'the legal review: a draft before it is sent, or a received request before it is accepted',
  ),
  'request send': of('./request-send.ts', 'send a request that the legal review has cleared'),
  'request accept': of(
    './request-accept.ts',
    'accept a request that the legal review has cleared; it counts against the clause',
  ),
  'request decline': of('./request-decline.ts', 'decline a request, with the reason'),
  'request work': of('./request-work.ts', 'say that work on a request has begun'),
  'request message': of('./request-message.ts', 'write to the other side of a request'),
  'request answer': of('./request-answer.ts', 'answer a request'),
  'request close': of('./request-close.ts', 'close a request, with what came of it'),
  'request withdraw': of('./request-withdraw.ts', 'take back a request that is no longer needed'),
  'request counts': of(
    './request-counts.ts',
    'how many requests, with whom, how they were answered; nothing of people or contents',
  ),
  'expert add': of('./expert-add.ts', 'add a person who can be sent'),
  'expert seats': of(
    './expert-seats.ts',
    'seats that peers gave experts of this organisation, and what ended them',
  ),
  'expert list': of('./expert-list.ts', 'people who can be sent'),
  'expert match': of('./expert-match.ts', 'who fits a request, and why others do not'),
  'expert remove': of('./expert-remove.ts', 'remove a person from the roster; the profile is erased'),
  'seat grant': of(
    './seat-grant.ts',
    'give the expert of an accepted request a seat in one case, on named exhibits and runs, for a time',
  ),
  'seat list': of('./seat-list.ts', 'seats of experts in cases'),
  'seat show': of('./seat-show.ts', 'what a seat is for, its runs, and those that wait for the owner'),
  'seat withdraw': of('./seat-withdraw.ts', 'end a seat at once; the expert’s node is told'),
  'seat read': of(
    './seat-read.ts',
    'read an exhibit from a seat; it is a custody event and an act of the seat’s record',
  ),
  'seat run': of('./seat-run.ts', 'run a tool from a seat; in a supervised seat the owner approves it first'),
  'seat approve': of(
    './seat-approve.ts',
    'let a run that was asked for from a supervised seat execute, or not',
  ),
  'seat replay': of(
    './seat-replay.ts',
    'everything seen, done and refused from a seat, step by step; its runs are executed again and compared',
  ),
  'tool pack': of(
    './tool-pack.ts',
    'make a tool package of a folder, once its self-tests give what its manifest says',
  ),
  'tool publish': of('./tool-publish.ts', 'give a tool package to peers whose agreement has a clause for it'),
  'tool export': of(
    './tool-export.ts',
    'write what a peer is given of this node’s tools into a folder, for a node without a network',
  ),
  'tool list': of(
    './tool-list.ts',
    'tools held here and their state, one in full, or those that this node publishes',
  ),
  'tool fetch': of(
    './tool-fetch.ts',
    'fetch the tools that a peer offers under an agreement; a second person then accepts them',
  ),
  'tool accept': of(
    './tool-accept.ts',
    'run a fetched tool’s self-tests and accept it for use; by another person than who fetched it',
  ),
  'tool run': of('./tool-run.ts', 'run an accepted tool over exhibits of a case'),
  'tool retire': of(
    './tool-retire.ts',
    'end the use of a tool here and give its seats back, or take back one that this node publishes',
  ),
  'exercise list': of(
    './exercise-list.ts',
    'exercises: cases with known answers, on evidence that is not real',
  ),
  'exercise start': of(
    './exercise-start.ts',
    'start an exercise: a case is opened with its evidence, to be worked on with the commands of real work',
  ),
  'exercise attempts': of('./exercise-attempts.ts', 'attempts at exercises, and how they ended'),
  'exercise answer': of(
    './exercise-answer.ts',
    'answer a task of an exercise; without a task, show what is asked',
  ),
  'exercise hint': of('./exercise-hint.ts', 'a hint for a task; it costs points'),
  'exercise inject': of('./exercise-inject.ts', 'for instructors: bring something into a running exercise'),
  'exercise grade': of(
    './exercise-grade.ts',
    'grade an attempt on findings, handling and what was done in the case; it ends the attempt',
  ),
  'course list': of('./course-list.ts', 'courses for each role, and how far a person is'),
  'course show': of('./course-show.ts', 'the lessons and exercises of a course, in order'),
  'course read': of('./course-read.ts', 'a lesson and its questions, in four languages'),
  'course answer': of('./course-answer.ts', 'answer the questions of a lesson'),
  'credential issue': of(
    './credential-issue.ts',
    'give who passed an exercise, or finished a course, an Open Badges 3.0 credential',
  ),
  'credential revoke': of(
    './credential-revoke.ts',
    'revoke a credential, and print the list of revoked ones; without a file, print the list',
  ),
  'credential verify': of(
    './credential-verify.ts',
    'verify an Open Badges 3.0 credential offline: its issuer is this node or a known peer',
  ),
  'free look-up': of(
    './free-look-up.ts',
    'ask the free service of another organisation about a file of values, without a node',
  ),
  'free open': of(
    './free-open.ts',
    'open the free service for law enforcement, or change its terms; `--close` closes it',
  ),
  openid: of(
    './openid.ts',
    'let people sign in at your identity provider (OpenID Connect), or show how they do',
  ),
  'free voucher': of('./free-voucher.ts', 'let an agency in: a voucher that works once, within a week'),
  'free mail': of(
    './free-mail.ts',
    'registrations whose code has to be mailed, one a line as JSON; each is given out once',
  ),
  'free agencies': of(
    './free-agencies.ts',
    'agencies that use the free service; `--block` shuts one out at once',
  ),
  'desk calendar': of(
    './desk-calendar.ts',
    'when this organisation works: time zone, hours by weekday, holidays',
  ),
  'outcome send': of('./outcome-send.ts', 'tell a contributor what came of an object it gave'),
  'outcome list': of('./outcome-list.ts', 'what came of shared intelligence, told and heard'),
  'operation new': of('./operation-new.ts', 'begin a joint operation that this node leads'),
  'operation invite': of('./operation-invite.ts', 'invite a peer into an operation'),
  'operation join': of('./operation-join.ts', 'join an operation to which this organisation is invited'),
  'operation leave': of(
    './operation-leave.ts',
    'leave an operation; what was received stays under its agreement',
  ),
  'operation targets': of(
    './operation-targets.ts',
    'give targets to an operation, take them back, or list them',
  ),
  'operation mark': of(
    './operation-mark.ts',
    'change what a target is taken to be, with a reason; packages with the old mark are recalled',
  ),
  'operation post': of('./operation-post.ts', 'say something in a room of the operation'),
  'operation day': of(
    './operation-day.ts',
    'set the instant of the action day, which every party sees in its own time zone',
  ),
  'operation show': of('./operation-show.ts', 'operations here, or one with its parties, rooms and clock'),
  'operation close': of(
    './operation-close.ts',
    'end an operation: nothing more is taken in or sent; outcomes and withdrawals still arrive',
  ),
  'operation slice': of(
    './operation-slice.ts',
    'say in which country each target is, and put what conflicts before a person',
  ),
  'operation queue': of(
    './operation-queue.ts',
    'targets that wait for a person, with every ground for every country',
  ),
  'operation route': of(
    './operation-route.ts',
    'route a target to a country, or all conflicts by the kind of ground to be preferred',
  ),
  'operation hold': of('./operation-hold.ts', 'keep a target out of packages, or let it go on'),
  'operation package': of(
    './operation-package.ts',
    'make up what each country or constituency would get now, without sending it',
  ),
  'operation send': of('./operation-send.ts', 'sign the packages and send them to those whom they concern'),
  'operation packages': of(
    './operation-packages.ts',
    'packages sent or received, and whether they arrived and were read',
  ),
  'operation read': of(
    './operation-read.ts',
    'take a package out as one file that opens in any browser; its sender learns that it was read',
  ),
  'operation verify': of(
    './operation-verify.ts',
    'check a package file alone, without a node: its bytes and its signature',
  ),
  'operation text': of(
    './operation-text.ts',
    'decide on a note that may name a person or another country: keep it in the package, or drop it',
  ),
  'operation outcome': of(
    './operation-outcome.ts',
    'report what came of a target, or decide that one of two contradicting reports does not count',
  ),
  'operation outcomes': of(
    './operation-outcomes.ts',
    'what came of the targets: reported, or told to this node as their contributor',
  ),
  'operation remind': of(
    './operation-remind.ts',
    'ask recipients that have been silent; at a party, show what the lead asks about',
  ),
  'operation task': of('./operation-task.ts', 'tasks of the operation: give one, end one, or list them'),
  'operation claim': of(
    './operation-claim.ts',
    'say that this organisation works on something, so that others who ask find whom to call',
  ),
  'operation query': of(
    './operation-query.ts',
    'ask who works on something before acting; without a value, show the pointers that came and the queries counted',
  ),
  'operation report': of(
    './operation-report.ts',
    'the report on the operation, with charts and a map, in four languages',
  ),
  'ledger head': of('./ledger-head.ts', 'the signed checkpoint of the ledger'),
  'ledger list': of('./ledger-list.ts', 'the leaves of the ledger, oldest first'),
  'ledger prove': of('./ledger-prove.ts', 'the proof that a leaf is in the ledger, as a .tlog-proof file'),
  'ledger witnesses': of(
    './ledger-witnesses.ts',
    'who has cosigned this ledger, and forks of others that were seen here',
  ),
  'ledger verify': of('./ledger-verify.ts', 'rebuild the ledger from its leaves and compare every hash'),
  'ledger timestamp': of(
    './ledger-timestamp.ts',
    'have a time-stamping authority confirm the ledger as it is now',
  ),
  parse: of(
    './parse.ts',
    'turn a log, capture or artefact into events, with an account of what could not be read',
  ),
  timeline: of('./timeline.ts', 'the events of all exhibits of a case, in the order of time'),
  'timeline tag': of('./timeline-tag.ts', 'mark events of a timeline, list the marks, take one back'),
  'sigma run': of(
    './sigma-run.ts',
    'run Sigma rules over logs and other evidence, here and now, without a node',
  ),
  'yara run': of('./yara-run.ts', 'run YARA rules over files, here and now, without a node'),
  'stix validate': of(
    './stix-validate.ts',
    'say whether files are valid STIX 2.1, and what is wrong with each object',
  ),
  backup: of('./backup.ts', 'copy the whole node, while it runs, into an empty folder'),
  restore: of('./restore.ts', 'bring a backup back into an empty data folder, verified'),
  invite: of('./invite.ts', 'make a one-time link by which a person signs in'),
};
