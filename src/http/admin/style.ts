import { stylePath } from '../style.ts'

/** What the console has beyond the look of all pages. */
export const CONSOLE_STYLE = `
.skip {
  position: absolute;
  left: -100rem;
}
.skip:focus {
  left: 1rem;
  top: 0.5rem;
  z-index: 1;
  padding: 0.4rem 0.8rem;
  background: var(--paper);
}
body.console header {
  max-width: none;
  border-bottom: 1px solid var(--line);
  padding-top: 0.8rem;
  padding-bottom: 0.8rem;
}
body.console {
  font-size: 16px;
}
body.console main {
  max-width: 72rem;
  margin: 0;
}
body.console > nav {
  padding: 0.5rem 1.25rem;
  border-bottom: 1px solid var(--line);
}
body.console main input, body.console main select {
  min-height: 2.8rem;
}
body.console main input[type='checkbox'] {
  min-height: 0;
}
.prose + details {
  margin-top: 1.2rem;
}
details > form {
  margin: 0.4rem 0 1.4rem;
}
form.who {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 0.25rem 1rem;
  margin: 0;
  font-size: 0.92rem;
}
button.link {
  border: 0;
  padding: 0.3rem 0;
  background: none;
  color: var(--mark);
  font: inherit;
  text-decoration: underline;
  text-underline-offset: 0.15em;
  white-space: nowrap;
  cursor: pointer;
}
main form {
  max-width: 42rem;
}
h2:first-child {
  margin-top: 0;
}
.row {
  display: grid;
  gap: 0 1rem;
}
.search {
  display: flex;
  gap: 0.6rem;
  margin: 0 0 1.25rem;
}
.search label {
  position: absolute;
  clip-path: inset(50%);
  width: 1px;
  height: 1px;
  overflow: hidden;
}
table {
  width: 100%;
  border-collapse: collapse;
  font-size: 0.94rem;
  font-variant-numeric: tabular-nums;
  margin: 0 0 1.5rem;
}
td > div {
  min-width: 4.5rem;
}
td time {
  white-space: nowrap;
}
td details, td details:last-of-type {
  border: 0;
}
td summary {
  padding: 0.1rem 0;
}
td ul {
  margin: 0;
  padding-left: 1.1rem;
}
caption {
  text-align: left;
  font-weight: 600;
  padding: 0 0 0.4rem;
}
table form {
  margin: 0;
}
th, td {
  text-align: left;
  vertical-align: top;
  padding: 0.5rem 0.9rem 0.5rem 0;
  overflow-wrap: anywhere;
}
th {
  color: var(--quiet);
  font-weight: 500;
  font-size: 0.88rem;
  white-space: nowrap;
}
tbody tr {
  border-top: 1px solid var(--line);
}
table .buttons {
  margin: 0;
}
table .btn, .buttons .small {
  padding: 0.25rem 0.7rem;
  font-size: 0.9rem;
}
.badge {
  display: inline-block;
  padding: 0 0.5rem;
  border: 1px solid var(--edge);
  border-radius: 999px;
  font-size: 0.82rem;
  line-height: 1.5;
  white-space: nowrap;
}
.badge.good {
  border-color: var(--good);
  color: var(--good);
}
.badge.bad {
  border-color: var(--danger);
  color: var(--danger);
}
.prose {
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}
.card {
  border: 1px solid var(--line);
  border-radius: 10px;
  padding: 0.9rem 1.1rem;
  margin: 0 0 1rem;
}
.card > :first-child {
  margin-top: 0;
}
.message {
  margin: 0.6rem 0 0;
  padding: 0.5rem 0.8rem;
  border-left: 3px solid var(--edge);
  background: var(--box);
  border-radius: 0 8px 8px 0;
}
.photo {
  display: block;
  max-width: 100%;
  max-height: 20rem;
  margin: 0.6rem 0;
  border-radius: 8px;
  background: var(--box);
}
.photo.face {
  max-height: 8rem;
}
.message .quiet {
  font-size: 0.85rem;
}
.charts {
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 9.5rem), 1fr));
  gap: 0.8rem;
  margin: 0 0 1.5rem;
}
.chart {
  border: 1px solid var(--line);
  border-radius: 10px;
  padding: 0.7rem 0.9rem 0.6rem;
  min-width: 0;
  display: flex;
  flex-direction: column;
}
.chart h3 {
  margin: 0;
  font-size: 0.9rem;
  font-weight: 500;
  color: var(--quiet);
}
.chart p {
  margin: 0;
  font-size: 1.35rem;
  font-weight: 600;
  line-height: 1.4;
  font-variant-numeric: tabular-nums;
}
.chart p.range {
  font-size: 0.82rem;
  font-weight: 400;
  color: var(--quiet);
}
.chart svg {
  display: block;
  width: 100%;
  height: 3rem;
  margin-top: auto;
  color: var(--mark);
}
.qr {
  display: block;
  width: 12rem;
  height: 12rem;
  background: #ffffff;
  border-radius: 8px;
}
.secret {
  font-family: ui-monospace, monospace;
  overflow-wrap: anywhere;
  user-select: all;
}
@media (min-width: 42rem) {
  .row {
    grid-template-columns: 1fr 1fr;
  }
  .charts {
    grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr));
    gap: 1rem;
  }
}
@media (min-width: 62rem) {
  body.console {
    display: grid;
    grid-template-columns: 12.5rem minmax(0, 1fr);
    grid-template-rows: auto 1fr;
    min-height: 100vh;
  }
  body.console header {
    grid-column: 1 / -1;
    width: 100%;
  }
  body.console > nav {
    flex-direction: column;
    flex-wrap: nowrap;
    padding: 1.2rem 1.25rem;
    border-bottom: 0;
    border-right: 1px solid var(--line);
  }
  body.console main {
    padding: 1.6rem 2rem 3rem;
  }
}
@media (max-width: 41.99rem) {
  thead {
    position: absolute;
    clip-path: inset(50%);
    width: 1px;
    height: 1px;
    overflow: hidden;
  }
  table, tbody, tr, td, caption {
    display: block;
  }
  tbody tr {
    padding: 0.6rem 0;
  }
  td {
    display: grid;
    grid-template-columns: 7rem minmax(0, 1fr);
    gap: 0 0.75rem;
    padding: 0.15rem 0;
  }
  td:has(> div:empty) {
    display: none;
  }
  td::before {
    content: attr(data-label);
    color: var(--quiet);
  }
}
`

export const CONSOLE_STYLE_PATH = stylePath('console', CONSOLE_STYLE)
