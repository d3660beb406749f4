/** The look of the page of targets: a table, of which narrow windows make a card a target. */
export const TARGETS_STYLE = `
main { max-width: 96rem; }
select { font: inherit; color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: 4px; padding: .3rem .5rem; max-width: 14rem; }
.bar { flex-wrap: wrap; }
.live { white-space: nowrap; display: flex; gap: .4rem; align-items: center; }
.bar .live input { flex: none; }
[hidden] { display: none; }
.summary { margin: .2rem 0 .6rem; font-weight: 600; }
table.targets { width: 100%; }
.targets td { padding: .45rem .9rem .45rem 0; }
.targets th:nth-child(1) { width: 11rem; }
.targets th:nth-child(3) { width: 16rem; }
.targets th:nth-child(n+4) { width: 7rem; }
.targets tr.bad td:first-child { border-left: 4px solid var(--bad); padding-left: .6rem; }
.targets tr.good td:first-child { border-left: 4px solid transparent; padding-left: .6rem; }
.targets th:first-child { padding-left: calc(.6rem + 4px); }
.targets a, .targets span { overflow-wrap: anywhere; }
.targets .pill, .targets time, #recent time { white-space: nowrap; }
.targets p { margin: .2rem 0 0; overflow-wrap: anywhere; }
.why strong { color: var(--bad); }
.strip { display: block; width: 100%; max-width: 15rem; height: 1.6rem; background: var(--raised); border-radius: 3px; }
.strip path { fill: none; stroke-width: 3; }
.strip .good { stroke: var(--good); }
.strip .bad { stroke: var(--bad); }
.modules { list-style: none; margin: 0; padding: 0; columns: 16rem; }
.modules li { overflow-wrap: anywhere; break-inside: avoid; }
@media (max-width: 60rem) {
  .targets thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .targets, .targets tbody { display: block; }
  .targets tr { display: grid; grid-template-columns: repeat(3, 1fr); gap: .3rem .7rem; padding: .6rem 0 .6rem .7rem; border-bottom: 1px solid var(--line); border-left: 4px solid transparent; }
  .targets tr.bad { border-left-color: var(--bad); }
  .targets td { display: block; min-width: 0; padding: 0; border: 0; }
  .targets tr.bad td:first-child, .targets tr.good td:first-child { border: 0; padding: 0; }
  .targets td:nth-child(-n+3) { grid-column: 1 / -1; }
  .targets td:nth-child(n+4)::before { content: attr(data-head) ' '; display: block; color: var(--muted); font-size: .85em; }
  .strip { max-width: none; }
  #recent thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  #recent table, #recent tbody { display: block; }
  #recent tr { display: flex; flex-wrap: wrap; gap: .1rem .7rem; padding: .4rem 0; border-bottom: 1px solid var(--line); }
  #recent td { display: block; min-width: 0; padding: 0; border: 0; overflow-wrap: anywhere; }
  #recent td:nth-child(3) { order: -1; flex: 1 0 100%; }
  .bar select { flex: 1 1 8rem; }
}
`;
