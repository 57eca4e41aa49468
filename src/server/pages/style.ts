/** The look of the pages that the node serves itself: one small sheet, light and dark by the reader's choice, right-to-left safe. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #17212b; --soft: #5b6875; --line: #dfe4e8; --paper: #ffffff; --ground: #f4f6f8; --accent: #0b5d7a; --good: #1d7a46; --warn: #97580a; --bad: #a8262f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf1; --soft: #9aa7b3; --line: #2b3640; --paper: #172028; --ground: #0f161c; --accent: #6cc3e0; --good: #6fce98; --warn: #e3b061; --bad: #ef8a8f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
header { border-block-end: 1px solid var(--line); background: var(--paper); }
header > div, main, footer { max-inline-size: 62rem; margin-inline: auto; padding-inline: 1.5rem; }
header > div { display: flex; align-items: baseline; gap: 1rem; padding-block: 1.1rem; flex-wrap: wrap; }
header b { font-size: 1.15rem; letter-spacing: .01em; }
header span { color: var(--soft); }
main { padding-block: 2rem; display: grid; gap: 1.5rem; }
section { background: var(--paper); border: 1px solid var(--line); border-radius: .6rem; padding: 1.25rem 1.5rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.05rem; margin: 0 0 .75rem; }
p { margin: .25rem 0; } .soft { color: var(--soft); } .mono { font-family: ui-monospace, "Cascadia Mono", Menlo, monospace; font-size: .875em; overflow-wrap: anywhere; direction: ltr; unicode-bidi: isolate; }
table { inline-size: 100%; border-collapse: collapse; } th { text-align: start; font-weight: 600; color: var(--soft); font-size: .85rem; }
th, td { padding: .45rem .75rem .45rem 0; border-block-end: 1px solid var(--line); vertical-align: top; } tr:last-child :is(td, th) { border-block-end: 0; } tbody th { min-inline-size: 11rem; }
input:not([type=hidden], [type=checkbox]), textarea { font: inherit; inline-size: 100%; max-inline-size: 34rem; padding: .4rem .6rem; border: 1px solid var(--soft); border-radius: .4rem; background: var(--paper); color: var(--ink); }
.state { font-weight: 600; } .state.in-force { color: var(--good); } .state.proposed, .state.draft, .state.suspended { color: var(--warn); } .state.terminated, .state.expired { color: var(--bad); }
.figures { display: flex; flex-wrap: wrap; gap: 2rem; } .figures b { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums; } .figures span { color: var(--soft); font-size: .85rem; }
button { font: inherit; font-weight: 600; padding: .55rem 1.2rem; border: 0; border-radius: .4rem; background: var(--accent); color: var(--paper); cursor: pointer; } button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
a { color: var(--accent); } footer { color: var(--soft); font-size: .85rem; padding-block: 1rem 2rem; }
`;
