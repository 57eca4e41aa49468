/** Data in both directions, no services: what a company or CERT and a police body usually begin with. */
export const DATA_EXCHANGE = `# An agreement on the exchange of data, without services. What no flow names does not cross.
#
# Change what follows to what you agree; lines after # are for you and are not signed. Places in double braces are filled in when the
# agreement is drafted. Check the text with:  entente agreement check FILE
format: entente/agreement/1
id: '{{id}}'
instrument: data-exchange
version: 1
title: Agreement on the exchange of data on cyberthreats
# under: { agreement: agreement--00000000-0000-0000-0000-000000000000, title: Framework agreement } # in force only while that one is
# predecessor: { agreement: agreement--00000000-0000-0000-0000-000000000000, title: The agreement before this one }

parties:
  - id: contributor
    name: '{{contributor.name}}'
    kind: company # company | cert | police | international-organisation | authority | other
    roles: [contributor, recipient]
    nodes: ['{{contributor.node}}']
    signatories:
      - id: signatory
        name: '{{contributor.signatory-name}}'
        title: '{{contributor.signatory-title}}'
        authority: '{{contributor.signatory-authority}}'
        key: '{{contributor.signatory}}'
    signing: all
    contacts: [] # - { name: Duty desk, email: duty@example.org, for: [operations], alwaysReachable: true }
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
  renewal: { mode: by-agreement, months: 12, times: 4, noticeDays: 90 } # none | by-agreement | automatic
  notice: { days: 60, immediate: [breach, legal-obligation, security] }
  suspension: { by: [contributor, recipient], daysMax: 180 }
  atEnd:
    objects: delete # what was received: return | delete | keep
    personalData: delete
    openCases: finish # cases then open may go on using it: finish | close
    openCaseDays: 180
    accounts: close
    seats: close
    days: 30 # to be done and reported within

flows:
  - title: Indicators
    from: contributor
    to: [recipient]
    # network-indicators | file-indicators | samples | reports | victims | personal-data | case-data | outcomes
    categories: [network-indicators, file-indicators, reports]
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

services: []

accountability:
  audit: { by: [contributor, recipient], noticeDays: 30 }
  logAccess: own-contributions
  breachNoticeHours: 72
  transparency: counts

text:
  authentic: en
  languages:
    en:
      prose: |
        Write the text of the agreement here.
`;
