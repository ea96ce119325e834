import { Button, Group, Modal, ScrollArea, SimpleGrid, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call, type Mapping, type MappingPreview } from "../api/client";
import { Said, Tag, Waiting } from "../parts";
import { Whom } from "../parts/whom";

/** DryRun shows what a mapping would do to whom, and saves it then. */
export function DryRun({ mapping, close }: { mapping: Mapping; close(): void }) {
  const queries = useQueryClient();
  const found = useQuery({
    queryKey: ["mapping", "dry run", mapping],
    queryFn: ({ signal }) => call("post", "/console/v1/projects/{proj}/envs/{env}/logto/mapping/preview", { body: { mapping, limit: 50 }, signal }),
    retry: false, gcTime: 0, staleTime: Infinity,
  });
  const save = useMutation({
    mutationFn: () => call("put", "/console/v1/projects/{proj}/envs/{env}/logto/mapping", { body: mapping }),
    onSuccess: async (saved) => {
      queries.setQueryData(["mapping"], saved);
      await queries.invalidateQueries({ queryKey: ["status"] });
      close();
    },
  });
  return (
    <Modal opened onClose={close} withCloseButton={false} size="lg" attributes={{ content: { "aria-label": "What this mapping would do" } }}>
      <Text component="h2" fw={650} size="lg" mb={4}>What this mapping would do</Text>
      {found.error ? (
        <Text role="alert" size="sm" c="var(--gh-deny)" mt="sm" style={{ overflowWrap: "anywhere" }}>It cannot be: {found.error.message}</Text>
      ) : found.isPending ? (
        <><Text size="sm" c="dimmed">Everybody is looked at, by what Logto says now.</Text><Waiting rows={5} /></>
      ) : (
        <Found of={found.data} />
      )}
      {save.error && <Text role="alert" size="sm" c="var(--gh-deny)" mt="sm">{save.error.message}</Text>}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={close}>Keep editing</Button>
        <Button disabled={!found.data} loading={save.isPending} onClick={() => save.mutate()}>Save the mapping</Button>
      </Group>
    </Modal>
  );
}

const froms: Record<MappingPreview["from"], string> = {
  source: "by what Logto says now", payloads: "by what webhooks told of those who are here", nothing: "with nothing known of a Logto",
};

function Found({ of: p }: { of: MappingPreview }) {
  const numbers: [string, number][] = [["users change", p.users_changed], ["given", p.given], ["taken", p.taken], ["get other attributes", p.attributes_changed]];
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed" className="num">{p.users.toLocaleString("en")} {p.users === 1 ? "user was" : "users were"} looked at, {froms[p.from]}. It holds at once for who comes next, and for everybody after the sweep that begins.</Text>
      {!p.whole && <Text size="sm"><Tag tone="warn">Not everybody</Tag> {p.why}</Text>}
      <SimpleGrid cols={{ base: 2, xs: 4 }} spacing="sm">
        {numbers.map(([name, n]) => <div key={name}><Text fw={680} size="xl" lh={1.1} className="num" c={name === "taken" && n > 0 ? "var(--gh-deny)" : undefined}>{n.toLocaleString("en")}</Text><Text size="xs" c="dimmed">{name}</Text></div>)}
      </SimpleGrid>
      {p.changes.length > 0 && <div><Text size="sm" fw={620} mb={4}>In the mapping</Text><pre className="json" dir="ltr" tabIndex={0} aria-label="In the mapping">{p.changes.join("\n")}</pre></div>}
      <Tenants of={p} />
      {p.list.length === 0 ? <Text size="sm">Nobody is given or loses anything.</Text> : (
        <div>
          <Text size="sm" fw={620} mb={4}>For whom</Text>
          <ScrollArea.Autosize mah={280} type="auto" offsetScrollbars viewportProps={{ tabIndex: 0, role: "region", "aria-label": "For whom" }}>
            <Stack gap={8}>
              {p.list.map((e) => (
                <div className="whom" key={e.user}>
                  <Text size="sm" fw={600} truncate component="div"><Whom of={e.user} keyed plain /></Text>
                  <Group gap={6}>
                  {e.given.map((g) => <Tag key={`+${g.role} ${g.tenant} ${g.by}`} tone="allow">+ {g.role || "member"} in {g.tenant.slice(0, 40)}</Tag>)}
                  {e.taken.map((g) => <Tag key={`-${g.role} ${g.tenant} ${g.by}`} tone="deny">− {g.role || "member"} in {g.tenant.slice(0, 40)}</Tag>)}
                  {e.attributes.map((a) => <Tag key={a} tone="info">~ {a.slice(0, 40)}</Tag>)}
                  {e.failing.map((f) => <Text key={f.expression} size="xs" c="var(--gh-deny)"><Said whole>{`${f.expression}: ${f.why}`}</Said></Text>)}
                  </Group>
                </div>
              ))}
              {p.next !== "" && <Text size="sm" c="dimmed">and more: gatehouse apply --dry-run lists all of them.</Text>}
            </Stack>
          </ScrollArea.Autosize>
        </div>
      )}
    </Stack>
  );
}

function Tenants({ of: p }: { of: MappingPreview }) {
  const lines: [string, string[], number][] = [["Tenants made", p.tenants_made, p.tenants_made_total], ["Tenants let go, which stay and follow no organization", p.tenants_let_go, p.tenants_let_go_total]];
  return lines.map(([name, list, total]) => total > 0 && <Text key={name} size="sm">{name}: <Said mono whole>{list.slice(0, 10).join(", ")}</Said>{total > 10 && ` and ${total - 10} more`}</Text>);
}
