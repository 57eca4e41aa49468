/** One party contributes intelligence, experts, tools, training and support to the other, which tells what came of it. */
export const CONTRIBUTION = `# A contribution agreement: intelligence, experts, tools, training and support from one party to the other, usually free of charge
# and for five years. What no flow or service names is not permitted.
#
# Change what follows to what you agree; lines after # are for you and are not signed. Places in double braces are filled in when the
# agreement is drafted. Check the text with:  entente agreement check FILE
format: entente/agreement/1
id: '{{id}}'
instrument: contribution
version: 1
title: Agreement on contributions to the fight against cybercrime
# under: { agreement: agreement--00000000-0000-0000-0000-000000000000, title: Framework agreement } # in force only while that one is
# predecessor: { agreement: agreement--00000000-0000-0000-0000-000000000000, title: The agreement before this one }

parties:
  - id: contributor
    name: '{{contributor.name}}'
    kind: company # company | cert | police | international-organisation | authority | other
    roles: [contributor, recipient] # it receives outcomes
    nodes: ['{{contributor.node}}']
    signatories:
      - id: signatory
        name: '{{contributor.signatory-name}}'
        title: '{{contributor.signatory-title}}'
        authority: '{{contributor.signatory-authority}}'
        key: '{{contributor.signatory}}'
    signing: all
    contacts: [] # urgent requests need one: - { name: Duty desk, email: duty@example.org, for: [operations], alwaysReachable: true }
  - id: recipient
    name: '{{recipient.name}}'
    kind: international-organisation
    roles: [contributor, recipient]
    # members: [Police of A, Police of B] # to whom "onward: members" may pass on
    nodes: ['{{recipient.node}}']
    signatories:
      - id: signatory
        name: '{{recipient.signatory-name}}'
        title: '{{recipient.signatory-title}}'
        authority: '{{recipient.signatory-authority}}'
        key: '{{recipient.signatory}}'
    signing: all
    contacts: []

term:
  from: '{{from}}'
  until: '{{until}}' # first instant no longer in force
  renewal: { mode: by-agreement, months: 60, times: 1, noticeDays: 180 } # none | by-agreement | automatic
  notice: { days: 90, immediate: [breach, legal-obligation, security] }
  suspension: { by: [contributor, recipient], daysMax: 180 }
  atEnd:
    objects: delete # what was received: return | delete | keep
    personalData: delete
    openCases: finish # cases then open may go on using it: finish | close
    openCaseDays: 180
    accounts: close # close | keep-read-only
    seats: close # experts, tools and training places already granted: close | run-out
    days: 30 # to be done and reported within

flows:
  - title: Indicators
    from: contributor
    to: [recipient]
    # network-indicators | file-indicators | samples | reports | victims | personal-data | case-data | outcomes
    categories: [network-indicators, file-indicators]
    # none | online-identifier | contact | suspect | victim | witness | child | special-category
    personalData: [none]
    tlp: amber # the highest marking that may cross: clear | green | amber | amber+strict | red
    pap: amber # clear | green | amber | red
    # network-defence | crime-prevention | investigation | victim-notification | takedown | prosecution | research | training | routing
    purposes: [network-defence, crime-prevention, investigation]
    legalBasis: [] # - { reference: Regulation (EU) 2016/679 Article 6(1)(f), covers: [online-identifier] }
    countries: {} # { only: [FR, ES] } or { except: [XX] }: the countries an object concerns
    # operations: [Name of an operation] # only what belongs to these
    excludedMatters: [political, military, religious, racial] # Article 3 of INTERPOL's Constitution
    onward: { mode: members } # none | ask | members | { mode: named, named: [Organisation] }
    evidenceUse: { code: H1 } # H0 free | H1 ask before evidence | H2 ask before dissemination too | { code: H3, restriction: words }
    attribution: ask # may the contributor be named: named | ask | anonymous
    retention: { days: 1096, reviewDays: 365 }
    routingOnly: false # personal data only to find the competent unit, forward, delete
  - title: Reports and analysis
    from: contributor
    to: [recipient]
    categories: [reports]
    personalData: [none]
    tlp: amber
    pap: amber
    purposes: [network-defence, crime-prevention, investigation, training]
    legalBasis: []
    countries: {}
    excludedMatters: [political, military, religious, racial]
    onward: { mode: ask }
    evidenceUse: { code: H2 }
    attribution: named
    retention: { days: 1826, reviewDays: 731 }
    routingOnly: false
  - title: Outcomes
    from: recipient
    to: [contributor]
    categories: [outcomes]
    personalData: [none]
    tlp: amber
    pap: amber
    purposes: [network-defence, crime-prevention, research]
    legalBasis: []
    countries: {}
    excludedMatters: []
    onward: { mode: none }
    evidenceUse: { code: H1 }
    attribution: ask
    retention: { days: 1826, reviewDays: 365 }
    routingOnly: false

services:
  - title: Experts
    kind: experts # intelligence | experts | tools | training | support
    from: contributor
    to: [recipient]
    purposes: [investigation]
    quota: { amount: 20, unit: days, per: year } # days | seats | requests | hours, per month | year | term
    clearance: restricted # none | restricted | confidential | secret | top-secret
    hours: always # office | always; always needs a contact that is always reachable
    targets: # how soon, by priority: urgent | high | normal
      - { priority: urgent, respondHours: 4, resolveHours: 48 }
      - { priority: normal, respondHours: 48, resolveHours: 240 }
  - title: Tools
    kind: tools
    from: contributor
    to: [recipient]
    purposes: [investigation, crime-prevention]
    quota: { amount: 10, unit: seats, per: term }
    # tools: [Name of a tool] # only these
    hours: office
    targets: []
  - title: Training
    kind: training
    from: contributor
    to: [recipient]
    purposes: [training]
    quota: { amount: 40, unit: seats, per: year }
    level: practitioner # introductory | practitioner | expert | instructor
    hours: office
    targets: []
  - title: Questions about contributions
    kind: intelligence
    from: contributor
    to: [recipient]
    purposes: [crime-prevention, investigation]
    quota: { amount: 200, unit: requests, per: year }
    hours: office
    targets:
      - { priority: normal, respondHours: 24, resolveHours: 120 }
  - title: Support
    kind: support
    from: contributor
    to: [recipient]
    purposes: [investigation, crime-prevention, training]
    quota: { amount: 100, unit: hours, per: year }
    hours: office
    targets: []

accountability:
  audit: { by: [contributor, recipient], noticeDays: 30 }
  logAccess: own-contributions # none | own-contributions | all
  breachNoticeHours: 72
  transparency: counts # none | counts

text:
  authentic: en # ar | en | fr | es: the language that decides when translations differ
  languages: # digests are computed, and bind the text to the clauses above
    en:
      prose: |
        Write the text of the agreement here.
`;
