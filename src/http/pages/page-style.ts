/** The look of all pages, light or dark as the reader's system is. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --text: #1c2126; --muted: #59626b; --back: #ffffff; --raised: #f4f6f8; --line: #d5dae0;
  --link: #0b5cad; --accent: #0b5cad; --on-accent: #ffffff; --bad: #b3261e; --on-bad: #ffffff; --good: #1a7f37; --on-good: #ffffff; --warn: #8a5a00; --badge: #e3ebf3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e4e8ec; --muted: #9aa5b0; --back: #14181c; --raised: #1e242a; --line: #38414a;
    --link: #7cb8f2; --accent: #2f6fb0; --on-accent: #ffffff; --bad: #ff8a80; --on-bad: #33100d; --good: #6fd08c; --on-good: #0b2b14; --warn: #e8b64c; --badge: #29333d;
  }
}
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; padding: .6rem 1rem; background: var(--raised); border-bottom: 1px solid var(--line); }
header nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
main { max-width: 72rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.35rem; margin: .2rem 0 .8rem; }
h2 { font-size: 1.1rem; margin: 1.4rem 0 .5rem; }
a { color: var(--link); }
a[aria-current] { color: inherit; font-weight: 600; text-decoration: none; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
code, pre, td.value, .badge, .name { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .9em; }
pre { background: var(--raised); border: 1px solid var(--line); border-radius: 4px; padding: .6rem .8rem; overflow-x: auto; }
.scroll { overflow-x: auto; }
.break { display: inline-block; min-width: 10rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .25rem .7rem .25rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
td.value { text-align: right; white-space: nowrap; padding-left: .7rem; }
.muted { color: var(--muted); font-size: .92em; }
.badge { display: inline-block; background: var(--badge); border-radius: 4px; padding: .05rem .4rem; margin: .1rem .15rem .1rem 0; overflow-wrap: anywhere; white-space: pre-wrap; }
.badge.first { background: var(--accent); color: var(--on-accent); }
.pill { display: inline-block; border-radius: 1rem; padding: .05rem .6rem; font-size: .85em; font-weight: 600; }
.pill.bad { background: var(--bad); color: var(--on-bad); }
.pill.good { background: var(--good); color: var(--on-good); }
.bad-text { color: var(--bad); font-weight: 600; }
.good-text { color: var(--good); }
.warn-text { color: var(--warn); font-weight: 600; }
.problem { border: 2px solid var(--bad); border-radius: 4px; padding: .6rem .8rem; margin: 0 0 1rem; }
button, input { font: inherit; color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: 4px; padding: .3rem .7rem; }
button { cursor: pointer; background: var(--raised); }
button.quiet { color: var(--muted); }
button.bad, button.quiet:hover, button.quiet:focus-visible { border-color: var(--bad); color: var(--bad); }
dialog button.bad { background: var(--bad); color: var(--on-bad); }
button[disabled] { cursor: progress; opacity: .6; }
.bar { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin-bottom: .8rem; }
.bar form, form.bar { display: flex; flex: 1 1 16rem; gap: .5rem; }
.bar input { flex: 1 1 12rem; min-width: 0; }
.groups { list-style: none; margin: 0; padding: 0; }
.group { display: grid; grid-template-columns: 1fr auto; gap: .5rem; align-items: start; border: 1px solid var(--line); border-radius: 6px; margin-bottom: .6rem; padding: .5rem .7rem; }
.group > details { min-width: 0; }
summary { cursor: pointer; }
.group > details > summary { padding: .25rem 0; }
.families { margin: .6rem 0 .2rem; }
.family { border-top: 1px solid var(--line); padding: .3rem 0; }
.family p { margin: .2rem 0; }
.family .name { font-weight: 600; overflow-wrap: anywhere; }
.nested td, .nested th { padding: .1rem .7rem .1rem 0; border-bottom: 0; }
dialog { max-width: min(36rem, 92vw); border: 1px solid var(--line); border-radius: 6px; padding: 1rem 1.2rem; color: var(--text); background: var(--back); }
dialog::backdrop { background: rgb(0 0 0 / .45); }
dialog .bar { justify-content: flex-end; margin: 1rem 0 0; }
@media (max-width: 40rem) {
  main { padding: .7rem; }
  .group { grid-template-columns: 1fr; }
  .group > button { justify-self: start; }
}
`;
