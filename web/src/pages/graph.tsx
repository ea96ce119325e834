import { useElementSize } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { useState, type KeyboardEvent } from "react";

/** A Neighbour is what one relationship or role connects with the thing in the middle. */
export interface Neighbour {
  /** where arrows come from, or lead to */
  side: "before" | "after";
  /** the type of the thing; user for a user who holds a role */
  kind: string;
  name: string;
  /** the key of a user, whom name calls as people do */
  user?: string;
  /** the relation, or the role */
  by: string;
  /** all of it, in words */
  said: string;
}

export interface Node {
  type: string;
  key: string;
}

/** nodeOf reads type:key; a key may have colons. */
export function nodeOf(text: string): Node {
  const at = text.indexOf(":");
  return { type: text.slice(0, at), key: text.slice(at + 1) };
}

interface Placed {
  neighbour: Neighbour;
  x: number;
  y: number;
}

const tall = 44; // a node

/** A Layout is where everything stands. On a narrow page all stands below one another. */
interface Layout {
  wide: boolean;
  width: number;
  height: number;
  /** how wide a node is */
  box: number;
  center: { x: number; y: number };
  placed: Placed[];
}

/** oneSided has the thing and its neighbours beside each other in the middle. */
function oneSided(neighbours: Neighbour[], width: number, box: number, height: number, step: number): Layout {
  const between = Math.min(220, width - 2 * box - 40);
  const left = (width - 2 * box - between) / 2;
  const [near, far] = [left, left + box + between];
  const into = neighbours[0]?.side === "before";
  const placed = neighbours.map((neighbour, i) => ({ neighbour, x: into ? near : far, y: height / 2 + (i - (neighbours.length - 1) / 2) * step - tall / 2 }));
  return { wide: true, width, height, box, center: { x: into ? far : near, y: (height - tall) / 2 }, placed };
}

function layOut(neighbours: Neighbour[], width: number): Layout {
  const [before, after] = [neighbours.filter((n) => n.side === "before"), neighbours.filter((n) => n.side === "after")];
  if (width >= 640) {
    const [box, step, edge] = [Math.min(250, width * 0.27), 60, 20];
    const height = Math.max(before.length, after.length) * step + 28;
    if (before.length === 0 || after.length === 0) return oneSided(neighbours, width, box, height, step);
    const column = (list: Neighbour[], x: number) => list.map((neighbour, i) => ({ neighbour, x, y: height / 2 + (i - (list.length - 1) / 2) * step - tall / 2 }));
    return { wide: true, width, height, box, center: { x: (width - box) / 2, y: (height - tall) / 2 }, placed: [...column(before, edge), ...column(after, width - box - edge)] };
  }
  const [box, step] = [width - 56, 70];
  const rows = (list: Neighbour[], from: number) => list.map((neighbour, i) => ({ neighbour, x: 40, y: from + i * step + 22 }));
  const middle = before.length * step + 16;
  return { wide: false, width, height: middle + tall + after.length * step + 20, box, center: { x: 16, y: middle }, placed: [...rows(before, 4), ...rows(after, middle + tall)] };
}

/** Graph draws a thing and what it is connected with. One of the neighbours is in the
 * order of tabs; arrow keys go from there. */
export function Graph({ center, neighbours }: { center: Node; neighbours: Neighbour[] }) {
  const { ref, width } = useElementSize();
  const [at, setAt] = useState(0);
  const l = layOut(neighbours, width || 800);
  function move(e: KeyboardEvent<SVGSVGElement>) {
    const here = l.placed[at];
    const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[e.key];
    if (!here || !step) return;
    e.preventDefault();
    const [dx = 0, dy = 0] = step;
    const distance = (p: Placed) => (dx !== 0 ? (p.x - here.x) * dx : p.x === here.x ? (p.y - here.y) * dy : 0);
    const [next] = l.placed.filter((p) => distance(p) > 0).sort((a, b) => distance(a) - distance(b) || Math.abs(a.y - here.y) - Math.abs(b.y - here.y));
    if (!next) return;
    const index = l.placed.indexOf(next);
    setAt(index);
    e.currentTarget.querySelector<SVGAElement>(`[data-node="${index}"]`)?.focus();
  }
  return (
    <div ref={ref} className="graph">
      <svg width={l.width} height={l.height} role="group" aria-label={`What ${center.type}:${center.key}`.slice(0, 120) + " is related to"} onKeyDown={move}>
        <defs>
          <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" /></marker>
        </defs>
        {l.placed.map((p, i) => <path key={i} className={p.neighbour.kind === "user" ? "edge held" : "edge"} d={wayOf(p, l)} markerEnd="url(#arrow)" />)}
        {l.placed.map((p, i) => <Label key={i} placed={p} layout={l} />)}
        <g className="node middle" transform={`translate(${l.center.x} ${l.center.y})`}><Box type={center.type} name={center.key} width={l.wide ? l.box : l.width - 32} /></g>
        {l.placed.map((p, i) => {
          const said = p.neighbour.said.slice(0, 200);
          const label = [p.neighbour.kind, p.neighbour.name].some((t) => cut(t, lettersIn(l.box)).includes("…")) ? `${cut(p.neighbour.kind, lettersIn(l.box))} ${cut(p.neighbour.name, lettersIn(l.box))}: ${said}` : said; // what is seen is said, too
          const shared = { className: p.neighbour.kind === "user" ? "node user" : "node", "data-node": i, tabIndex: i === Math.min(at, l.placed.length - 1) ? 0 : -1, "aria-label": label, onFocus: () => setAt(i), children: <g transform={`translate(${p.x} ${p.y})`}><title>{said}</title><Box type={p.neighbour.kind} name={p.neighbour.name} width={l.box} /></g> };
          return p.neighbour.kind === "user" ? <Link key={i} to="/users/$user" params={{ user: p.neighbour.user ?? p.neighbour.name }} {...shared} /> : <Link key={i} to="/instances/$type/$key" params={{ type: p.neighbour.kind, key: p.neighbour.name }} {...shared} />;
        })}
      </svg>
    </div>
  );
}

/** wayOf is the line between a neighbour and the middle, in the sense of its arrow. */
function wayOf(p: Placed, l: Layout): string {
  const into = p.neighbour.side === "before";
  if (!l.wide) {
    const [y, c] = [p.y + tall / 2, into ? l.center.y : l.center.y + tall];
    return into ? `M${p.x} ${y}H28V${c}` : `M28 ${c}V${y}H${p.x}`;
  }
  const y = p.y + tall / 2;
  const c = l.center.y + tall / 2;
  const [x0, x1] = into ? [p.x + l.box, l.center.x] : [l.center.x + l.box, p.x];
  const half = (x1 - x0) / 2;
  return into ? `M${x0} ${y}C${x0 + half} ${y} ${x1 - half} ${c} ${x1} ${c}` : `M${x0} ${c}C${x0 + half} ${c} ${x1 - half} ${y} ${x1} ${y}`;
}

/** A Label stands at the neighbour's end of its line, where lines are apart. */
function Label({ placed: p, layout: l }: { placed: Placed; layout: Layout }) {
  if (!l.wide) return <text className="by" x={p.x + 2} y={p.y - 6}>{cut(p.neighbour.by, 40)}</text>;
  const room = Math.floor((Math.abs(l.center.x - p.x) - l.box) / 9);
  const into = p.neighbour.side === "before";
  return <text className="by" x={into ? p.x + l.box + 10 : p.x - 12} y={p.y + tall / 2 - 6} textAnchor={into ? "start" : "end"}>{cut(p.neighbour.by, Math.max(6, room))}</text>;
}

/** lettersIn is how many letters a node of a width has room for. */
const lettersIn = (width: number) => Math.floor((width - 26) / 8);

function Box({ type, name, width }: { type: string; name: string; width: number }) {
  const letters = lettersIn(width);
  return (
    <>
      <rect width={width} height={tall} rx={11} />
      <text className="kind" x={14} y={17}>{cut(type, letters)}</text>
      <text className="name" x={14} y={34}>{cut(name, letters)}</text>
    </>
  );
}

/** cut is the beginning of a text, isolated from what stands around it. */
function cut(text: string, letters: number): string {
  const all = [...text.slice(0, 4 * letters)];
  return `\u2068${all.length > letters ? `${all.slice(0, letters - 1).join("")}…` : all.join("")}\u2069`;
}
