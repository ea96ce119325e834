import { Anchor, Group, Paper, Stack, Text } from "@mantine/core";
import { IconCircleCheckFilled, IconCircleXFilled } from "../parts/icons";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Answer } from "../api/client";
import { Card, Said, Tag } from "../parts";
import { useNames } from "../queries";

export interface Asked {
  user: string;
  action: string;
  resource: string;
  instance?: string | undefined;
  tenant: string;
}

/** A Stop of the way from a user to a permission, and how the way leads to it. */
interface Stop {
  by?: ReactNode;
  kind: string;
  name: string;
  end?: "end" | "stopped";
}

/** Why shows an answer, and the way that led to it. */
export function Why({ answer, question: q }: { answer: Answer; question: Asked }) {
  const { name } = useNames([q.user])(q.user);
  const ways = waysOf(answer, q, name);
  const debug = answer.debug ?? {};
  const models = [
    ["Roles in the tenant", debug.rbac],
    ["Roles on the instance", debug.rebac],
    ["Conditions", debug.abac],
  ] as const;
  return (
    <Stack gap="lg">
      <Paper className={`verdict ${answer.allow ? "allow" : "deny"}`} component="section" aria-label="Answer" data-answer={answer.allow ? "allow" : "deny"}>
        <Group wrap="nowrap" gap="md">
          {answer.allow ? <IconCircleCheckFilled size={34} color="var(--gh-allow)" aria-hidden /> : <IconCircleXFilled size={34} color="var(--gh-deny)" aria-hidden />}
          <div style={{ minWidth: 0 }}>
            <Text component="h2" fw={690} size="xl" lh={1.2} m={0}>{answer.allow ? "Allowed" : "Denied"}</Text>
            <Text size="sm" component="div"><strong><Said>{name}</Said></strong> {answer.allow ? "may" : "may not"} <strong><Said>{q.action}</Said></strong> <Said>{q.instance ? `${q.resource}:${q.instance}` : q.resource}</Said> in tenant <Said>{q.tenant}</Said>.</Text>
          </div>
        </Group>
      </Paper>
      {ways.map((way, i) => (
        <Card key={i} title={answer.allow ? (ways.length > 1 ? `Way ${i + 1} of ${ways.length}` : "The way") : "Where the way ends"}>
          <ol className="way">
            {way.map((stop, j) => (
              <li key={j} className={stop.end}>
                {stop.by && <span className="by">{stop.by}</span>}
                <span className="dot" aria-hidden />
                <div className="stop">
                  <Text size="xs" c="dimmed">{stop.kind}</Text>
                  <Text fw={620} component="div"><Said whole>{stop.name}</Said></Text>
                </div>
              </li>
            ))}
          </ol>
        </Card>
      ))}
      <Card title="What each model says">
        <Stack gap="md">
          {models.map(([name, m]) => m && (
            <div key={name}>
              <Group gap="xs" mb={4}><Text size="sm" fw={620}>{name}</Text><Tag tone={m.allow ? "allow" : "quiet"}>{m.allow ? "allow" : m.code.replaceAll("_", " ")}</Tag></Group>
              <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>{m.reason}</Text>
              {!m.allow && remedies[m.code] && <Text size="sm" mt={4}>{remedies[m.code]}</Text>}
            </div>
          ))}
        </Stack>
      </Card>
    </Stack>
  );
}

const users = <Anchor component={Link} to="/users" size="sm" underline="always">Users</Anchor>;
const policy = <Anchor component={Link} to="/policy" size="sm" underline="always">Policy</Anchor>;

/** What to do about a denial, by its code. */
const remedies: Record<string, ReactNode> = {
  user_not_synced: <>Nobody of that key is known. Look for the right key in {users}, or wait for the sign-up to arrive.</>,
  user_suspended: "Logto suspended this user. Lift the suspension there.",
  no_user_roles: <>Give the user a role in this tenant.</>,
  no_role_in_tenant: <>The user holds roles elsewhere: is the question about the right tenant?</>,
  no_permission: <>Give one of the user's roles this permission, at {policy}.</>,
  no_such_resource: <>The resource is not there. See {policy} for those that are.</>,
  no_such_action: <>The resource has no such action. See {policy} for those it has.</>,
  no_such_tenant: <>The tenant is not there.</>,
  closed_by_setting: <>A setting of the environment is stricter than Permit and closes this.</>,
};

function waysOf(answer: Answer, q: Asked, name: string): Stop[][] {
  const start: Stop = { kind: name === q.user ? "User" : `User ${q.user.slice(0, 60)}`, name };
  const what = `${q.resource}:${q.action}`;
  const end = (by: ReactNode): Stop => ({ kind: "Permission", name: q.instance ? `${what} on ${q.instance}` : what, by, end: "end" });
  const { rbac, rebac, abac } = answer.debug ?? {};
  const ways: Stop[][] = [];
  for (const role of rbac?.allow ? (rbac.allowing_roles ?? []) : []) {
    ways.push([start, { kind: `Role in ${q.tenant}`, name: role, by: "holds" }, end("which may")]);
  }
  for (const r of rebac?.allow ? (rebac.allowing_roles ?? []) : []) {
    const way = [start];
    let by: ReactNode = "was given";
    // A derivation names the role from which the next follows; the last of all is the role itself.
    for (const step of [...[...r.sources].reverse(), r]) {
      const stop = { kind: `Role on ${step.resource}`, name: step.role };
      const here = way.at(-1);
      if (here?.kind !== stop.kind || here.name !== stop.name) way.push({ ...stop, by });
      if ("relation" in step && step.relation) by = <>from which, as <Said>{step.resource}</Said> is its <strong><Said>{step.relation}</Said></strong>, follows</>;
      else by = "from which follows";
    }
    ways.push([...way, end("which may")]);
  }
  for (const rule of abac?.allow ? (abac.allowing_rules ?? []) : []) {
    ways.push([
      start,
      rule.userset ? { kind: "User set", name: rule.userset, by: "is in" } : { kind: "Role", name: rule.role ?? "", by: "holds" },
      rule.resourceset ? { kind: "Resource set", name: rule.resourceset, by: "which a rule lets act on" } : { kind: "Resource", name: rule.resource_type ?? q.resource, by: "which a rule lets act on" },
      end("and so"),
    ]);
  }
  if (ways.length > 0 || answer.allow) return ways.slice(0, 5);
  return [[start, { ...ending(rbac?.code, q), by: "but", end: "stopped" }]];
}

function ending(code: string | undefined, q: Asked): Stop {
  switch (code) {
    case "user_not_synced":
      return { kind: "Unknown", name: "no such user is known" };
    case "user_suspended":
      return { kind: "Suspended", name: "is suspended, and denied everything" };
    case "no_user_roles":
      return { kind: "No role", name: "holds no role at all" };
    case "no_role_in_tenant":
      return { kind: "No role here", name: `holds no role in ${q.tenant}` };
    case "no_such_resource":
      return { kind: "Unknown", name: `there is no resource ${q.resource}` };
    case "no_such_action":
      return { kind: "Unknown", name: `${q.resource} has no action ${q.action}` };
    case "no_such_tenant":
      return { kind: "Unknown", name: `there is no tenant ${q.tenant}` };
    default:
      return { kind: "No permission", name: `no role held here may ${q.resource}:${q.action}` };
  }
}
