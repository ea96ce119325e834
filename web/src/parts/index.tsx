import { Button, Group, Paper, Skeleton, Stack, Text, Title, Tooltip, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconChevronLeft, IconChevronRight, IconCopy, IconX } from "./icons";
import { useEffect, useState, type ReactNode } from "react";
import { ApiError } from "../api/client";

const visible = /[^\p{C}\p{Z}]/u; // something other than controls and spaces

/** Said is text that people of elsewhere chose: isolated, and clipped unless whole. On a
 * narrow page, what flows takes a few lines before it is clipped. */
export function Said({ children, mono, whole, flows, title }: { children: string | null | undefined; mono?: boolean; whole?: boolean; flows?: boolean; title?: string | undefined }) {
  const text = children ?? "";
  if (!visible.test(text)) return <Text span c="dimmed" inherit aria-label={text === "" ? "empty" : "blank"}>–</Text>;
  return (
    <bdi className={`said${mono ? " mono" : ""}${whole ? " whole" : ""}${flows ? " flows" : ""}`} title={whole ? title : (title ?? text).slice(0, 300)}>
      {whole ? text : text.slice(0, 300)}
    </bdi>
  );
}

export type Tone = "allow" | "deny" | "warn" | "info" | "quiet";

/** Tag is a word that stands out; one that is fixed is as wide as others of its list. */
export function Tag({ tone = "quiet", icon, fixed, children }: { tone?: Tone; icon?: ReactNode; fixed?: boolean; children: ReactNode }) {
  return (
    <span className={`tag ${tone}${fixed ? " fixed" : ""}`}>
      {icon}
      {children}
    </span>
  );
}

export function Outcome({ allow }: { allow: boolean | null | undefined }) {
  if (allow === null || allow === undefined) return <Tag fixed>List</Tag>;
  return allow ? (
    <Tag fixed tone="allow" icon={<IconCheck size={13} stroke={3} aria-hidden />}>Allowed</Tag>
  ) : (
    <Tag fixed tone="deny" icon={<IconX size={13} stroke={3} aria-hidden />}>Denied</Tag>
  );
}

/** Page is a page with its heading, which the title of the window follows. */
export function Page({ title, about, actions, children, back }: { title: string; about?: ReactNode; actions?: ReactNode; children: ReactNode; back?: ReactNode }) {
  useEffect(() => {
    document.title = `${title.slice(0, 80)} · Gatehouse`;
  }, [title]);
  return (
    <Stack gap="lg" maw={1240} mx="auto">
      {back}
      <Group justify="space-between" align="flex-start" gap="md">
        <div style={{ minWidth: 0, flex: "1 1 300px" }}>
          <Title order={1} style={{ overflow: "hidden" }}>
            <Said>{title}</Said>
          </Title>
          {about && <Text c="dimmed" mt={4} maw={720}>{about}</Text>}
        </div>
        {actions && <Group gap="sm">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}

/** Card is a part of a page with a heading of its own. */
export function Card({ title, about, aside, children, className }: { title?: string; about?: ReactNode; aside?: ReactNode; children: ReactNode; className?: string }) {
  return (
    <Paper component="section" aria-label={title} className={className}>
      {title && (
        <Group justify="space-between" mb={about ? 4 : "sm"} gap="sm">
          <Title order={2}>{title}</Title>
          {aside}
        </Group>
      )}
      {about && <Text size="sm" c="dimmed" mb="md">{about}</Text>}
      {children}
    </Paper>
  );
}

/** Framed is a part of a page whose table or drawing goes to its edges. */
export function Framed({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="frame" aria-label={title}>
      <Group className="head" justify="space-between" gap="sm">
        <Title order={2}>{title}</Title>
        {aside}
      </Group>
      {children}
    </section>
  );
}

export function Failure({ error, again }: { error: unknown; again?: () => void }) {
  const forbidden = error instanceof ApiError && error.status === 403;
  return (
    <Paper role="alert" className="verdict deny">
      <Group align="flex-start" gap="md" wrap="nowrap">
        <IconAlertTriangle aria-hidden color="var(--gh-deny)" />
        <div style={{ minWidth: 0 }}>
          <Text fw={620}>{forbidden ? "You may not see this" : "This could not be loaded"}</Text>
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>{error instanceof Error ? error.message : String(error)}</Text>
          {again && !forbidden && <Button mt="sm" size="xs" variant="default" onClick={again}>Try again</Button>}
        </div>
      </Group>
    </Paper>
  );
}

/** Empty says that there is nothing, and what to do about it. */
export function Empty({ title, children, icon }: { title: string; children: ReactNode; icon?: ReactNode }) {
  return (
    <Stack align="center" gap={6} py={44} px="lg" ta="center">
      {icon && <Text c="dimmed" span lh={1}>{icon}</Text>}
      <Text fw={620}>{title}</Text>
      <Text size="sm" c="dimmed" maw={480} component="div">{children}</Text>
    </Stack>
  );
}

export function Waiting({ rows = 5 }: { rows?: number }) {
  return (
    <Stack gap="sm" aria-busy="true" aria-label="Loading" role="status" p="md">
      {Array.from({ length: rows }, (_, i) => (
        <Skeleton key={i} height={18} radius="sm" />
      ))}
    </Stack>
  );
}

const units: [Intl.RelativeTimeFormatUnit, number][] = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "narrow" });

/** Ago is a time as people say it; hovering shows it in full. */
export function Ago({ at }: { at: string | null | undefined }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const tick = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(tick);
  }, []);
  if (!at) return <Text span c="dimmed" inherit>never</Text>;
  const seconds = Math.round((Date.parse(at) - now) / 1000);
  const [unit, size] = units.find(([, s]) => Math.abs(seconds) >= s) ?? ["second", 1];
  const text = Math.abs(seconds) < 10 ? "just now" : relative.format(Math.round(seconds / size), unit);
  return <time dateTime={at} title={new Date(at).toLocaleString("en-GB")} className="num">{text}</time>;
}

export function Copy({ text, what }: { text: string; what: string }) {
  const [done, setDone] = useState(false);
  return (
    <Tooltip label={done ? "Copied" : `Copy ${what}`}>
      <UnstyledButton
        aria-label={`Copy ${what}`}
        onClick={() => {
          void navigator.clipboard?.writeText(text).then(() => {
            setDone(true);
            setTimeout(() => setDone(false), 1500);
          });
        }}
        style={{ display: "inline-flex", padding: 4 }}
      >
        {done ? <IconCheck size={15} /> : <IconCopy size={15} />}
      </UnstyledButton>
    </Tooltip>
  );
}

/** Pager steps through pages of a list that knows its total. */
export function Pager({ page, pages, total, noun, onPage }: { page: number; pages: number; total: number; noun: string; onPage(page: number): void }) {
  return (
    <div className="foot">
      <span className="num">
        {total.toLocaleString("en")} {noun}
        {total === 1 ? "" : "s"}
      </span>
      {pages > 1 && (
        <Group gap="xs" component="nav" aria-label="Pages">
          <Button size="compact-sm" variant="default" disabled={page <= 1} onClick={() => onPage(page - 1)} leftSection={<IconChevronLeft size={14} />}>Previous</Button>
          <span className="num">
            {page.toLocaleString("en")} of {pages.toLocaleString("en")}
          </span>
          <Button size="compact-sm" variant="default" disabled={page >= pages} onClick={() => onPage(page + 1)} rightSection={<IconChevronRight size={14} />}>Next</Button>
        </Group>
      )}
    </div>
  );
}

/** fullName is how a user is called: by name, else address, else key. */
export function fullName(u: { first_name?: string | null; last_name?: string | null; email?: string | null; key: string }): string {
  return [u.first_name, u.last_name].filter(Boolean).join(" ") || u.email || u.key;
}
