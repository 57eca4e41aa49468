/** What two organisations agree on first: who they are, how long, how it ends, how each answers for what it does. */
export const FRAMEWORK = `# A framework agreement. By itself it permits no exchange: agreements on data exchange or contributions stand under it
# ("under:") and are in force only while it is.
#
# Change what follows to what you agree; lines after # are for you and are not signed. Places in double braces are filled in when the
# agreement is drafted. Check the text with:  entente agreement check FILE
format: entente/agreement/1
id: '{{id}}'
instrument: framework
version: 1
title: Framework agreement on cooperation against cybercrime

parties:
  - id: contributor # a short name, used in the clauses below
    name: '{{contributor.name}}'
    kind: company # company | cert | police | international-organisation | authority | other
    roles: [contributor, recipient] # who gives, who takes; an observer does neither and does not sign
    nodes: ['{{contributor.node}}'] # keys of the machines that act for this party
    signatories:
      - id: signatory
        name: '{{contributor.signatory-name}}'
        title: '{{contributor.signatory-title}}'
        authority: '{{contributor.signatory-authority}}' # the act that empowers this person to sign
        key: '{{contributor.signatory}}'
    signing: all # all signatories must sign; or any: one of them suffices
    contacts: [] # - { name: Duty desk, email: duty@example.org, for: [operations], alwaysReachable: true }
  - id: recipient
    name: '{{recipient.name}}'
    kind: international-organisation
    roles: [contributor, recipient]
    nodes: ['{{recipient.node}}']
    signatories:
      - id: signatory
        name: '{{recipient.signatory-name}}'
        title: '{{recipient.signatory-title}}'
        authority: '{{recipient.signatory-authority}}'
        key: '{{recipient.signatory}}'
    signing: all
    contacts: []
    # Nothing crosses once a recorded check has run out:
    # dueDiligence: { by: Legal affairs, at: '2026-01-31T00:00:00Z', validUntil: '2029-01-31T00:00:00Z', outcome: passed }

term:
  from: '{{from}}' # first instant in force; any time zone: 2026-01-31T00:00:00+01:00
  until: '{{until}}' # first instant no longer in force
  renewal:
    mode: by-agreement # none | by-agreement: every party says so before the end | automatic: unless a party refuses in time
    months: 60
    times: 1
    noticeDays: 180 # a warning before the end; for automatic renewal the last day to refuse
  notice:
    days: 90 # to end it for convenience
    immediate: [breach, legal-obligation, security] # grounds for ending it at once
  suspension:
    by: [contributor, recipient] # takes effect at once; each lifts only its own
    daysMax: 180 # then the agreement ends; 0: never
  atEnd: # a framework alone leaves nothing behind; agreements under it have their own
    objects: delete
    personalData: delete
    openCases: close
    openCaseDays: 0
    accounts: close
    seats: close
    days: 30

flows: []
services: []

accountability:
  audit: { by: [contributor, recipient], noticeDays: 30 }
  logAccess: own-contributions # none | own-contributions | all
  breachNoticeHours: 72
  transparency: counts # none | counts: a party may publish how much was exchanged

text:
  authentic: en # the language that decides when translations differ
  languages: # ar, en, fr, es; digests are computed, and bind the text to the clauses above
    en:
      prose: |
        Write the text of the agreement here.
`;
