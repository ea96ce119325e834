import { Autocomplete, Checkbox, NumberInput, Paper, PasswordInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call, faultOf, type Resource, type UrlMapping, type UrlRule } from "../../api/client";
import { Card, Empty, Failure, Page, Said, Waiting } from "../../parts";
import { Delete, Editor, Naming, type Line } from "../../parts/editor";
import { Back } from "../../parts/links";
import { usePolicyChanged, useResourceList, useUrlMappings } from "../../queries";
import { urlMapping } from "../../router";
import { Add, Remove } from "../../parts/rows";

const back = <Back to="/policy/urls">URL mappings</Back>;

export function EditUrls() {
  const { mapping: key } = urlMapping.useParams();
  const [list, resources] = [useUrlMappings(), useResourceList()];
  const mapping = list.data?.find((m) => m.key === key);
  const error = list.error ?? resources.error;
  return (
    <Page title={mapping?.name || key} about={mapping && <Said mono>{mapping.key}</Said>} back={back} actions={mapping && <Gone mapping={mapping} />}>
      {error ? (
        <Failure error={error} again={() => { void list.refetch(); void resources.refetch(); }} />
      ) : !list.data || !resources.data ? (
        <Paper><Waiting /></Paper>
      ) : !mapping ? (
        <Paper><Empty title="There is no such mapping">It may have been deleted. See the list of mappings.</Empty></Paper>
      ) : (
        <Form key={JSON.stringify(mapping)} mapping={mapping} resources={resources.data} />
      )}
    </Page>
  );
}

export function NewUrls() {
  const resources = useResourceList();
  return (
    <Page title="New URL mapping" about="Which permission each request to a service needs." back={back}>
      {resources.error ? <Failure error={resources.error} again={() => void resources.refetch()} /> : !resources.data ? <Paper><Waiting /></Paper> : <Form resources={resources.data} />}
    </Page>
  );
}

interface RuleRow extends UrlRule {
  row: number;
}

interface Draft {
  key: string;
  name: string;
  mechanism: UrlMapping["auth_mechanism"];
  secret: string;
  rules: RuleRow[];
}

let rows = 0;
const draftOf = (m?: UrlMapping): Draft => ({ key: m?.key ?? "", name: m?.name ?? "", mechanism: m?.auth_mechanism ?? "Bearer", secret: "", rules: (m?.mapping_rules ?? []).map((r) => ({ ...r, row: ++rows })) });
const methods = ["get", "post", "put", "patch", "delete", "head", "options"].map((value) => ({ value, label: value.toUpperCase() }));
const idOf = (r: UrlRule) => `${r.http_method.toUpperCase()} ${r.url}`;
const plain = ({ row: _, ...r }: RuleRow): UrlRule => ({ ...r, url_type: r.url_type ?? null });
const text = (r: UrlRule) => JSON.stringify([r.url_type ?? null, r.resource, r.action ?? "", r.priority ?? null, r.headers ?? {}]);

function Form({ mapping, resources }: { mapping?: UrlMapping; resources: Resource[] }) {
  const [draft, setDraft] = useState(() => draftOf(mapping));
  const change = (part: Partial<Draft>) => setDraft((d) => ({ ...d, ...part }));
  const put = (row: number, part: Partial<RuleRow>) => change({ rules: draft.rules.map((r) => (r.row === row ? { ...r, ...part } : r)) });
  const changed = usePolicyChanged();
  const go = useNavigate();
  const save = useMutation({
    mutationFn: async () => {
      const secret = draft.secret ? { secret: secretOf(draft) } : {};
      if (!mapping) return call("post", "/v2/facts/{proj}/{env}/proxy_configs", { body: { key: draft.key, name: draft.name, auth_mechanism: draft.mechanism, secret: secretOf(draft), mapping_rules: draft.rules.map(plain) } });
      const { gone, put: edited } = changes(mapping, draft);
      return call("patch", "/v2/facts/{proj}/{env}/proxy_configs/{config}", {
        params: { config: mapping.key },
        body: { name: draft.name, ...(draft.mechanism !== mapping.auth_mechanism ? { auth_mechanism: draft.mechanism } : {}), ...secret, mapping_rules: [...gone.map((r) => ({ ...r, should_delete: true })), ...edited.map(plain)] },
      });
    },
    onSuccess: async (saved) => {
      await changed();
      if (!mapping) void go({ to: "/policy/urls/$mapping", params: { mapping: saved.key }, ignoreBlocker: true });
    },
  });
  const fault = (field: string) => faultOf(save.error, field);
  return (
    <Editor lines={differences(mapping, draft)} hint="Nothing has changed." about="It is one commit. Gateways that ask follow it from then on." problem={problemOf(mapping, draft)} save={save} discard={() => setDraft(draftOf(mapping))}>
      <Card title="Mapping">
        <Stack>
          <Naming made={Boolean(mapping)} name={draft.name} id={draft.key} change={change} nameError={fault("name")} keyError={fault("key")} />
          <Select label="How the proxy signs in to the service" allowDeselect={false} data={[{ value: "Bearer", label: "Bearer token" }, { value: "Basic", label: "Basic: user:password" }, { value: "Headers", label: "Headers, as a JSON object" }]} value={draft.mechanism} onChange={(v) => change({ mechanism: (v ?? "Bearer") as Draft["mechanism"] })} error={fault("auth_mechanism")} />
          <PasswordInput label="Secret" autoComplete="off" required={!mapping} description={mapping ? "Leave it empty to keep the one there is" : "What the proxy sends to the service; give any text where there is no proxy"} value={draft.secret} onChange={(e) => change({ secret: e.currentTarget.value })} error={fault("secret")} />
        </Stack>
      </Card>
      <Card title="Rules" about={<>The first that fits decides, those of a higher priority first. Parts in braces, as in <code>/invoices/{"{id}"}</code>, are given along as attributes.</>}>
        {draft.rules.length === 0 && <Text size="sm" c="dimmed">None yet: no request is known.</Text>}
        {draft.rules.map((r) => <Rule key={r.row} rule={r} resources={resources} put={(part) => put(r.row, part)} remove={() => change({ rules: draft.rules.filter((x) => x.row !== r.row) })} error={fault(`mapping_rules.${placeOf(mapping, draft, r)}`)} />)}
        <Add onClick={() => change({ rules: [...draft.rules, { row: ++rows, url: "", http_method: "get", resource: "", action: null }] })}>Add a rule</Add>
      </Card>
    </Editor>
  );
}

function Rule({ rule: r, resources, put, remove, error }: { rule: RuleRow; resources: Resource[]; put(part: Partial<RuleRow>): void; remove(): void; error: string | undefined }) {
  const actions = Object.values(resources.find((x) => x.key === r.resource)?.actions ?? {});
  const name = idOf(r).slice(0, 60);
  return (
    <div className="url" role="group" aria-label={`Rule ${name}`}>
      <div className="line">
        <Select aria-label="Method" allowDeselect={false} data={methods} value={r.http_method} onChange={(v) => put({ http_method: (v ?? "get") as UrlRule["http_method"] })} />
        <TextInput aria-label="URL" placeholder={r.url_type ? "^https://api\\.example\\.com/.*" : "https://api.example.com/invoices/{id}"} classNames={{ input: "mono" }} value={r.url} onChange={(e) => put({ url: e.currentTarget.value })} error={error} />
        <Remove what={`the rule ${name}`} onClick={remove} />
      </div>
      <div className="line more">
        <Select aria-label="Resource" placeholder="Resource" searchable data={resources.map((x) => ({ value: x.key, label: (x.name || x.key).slice(0, 80) }))} value={r.resource || null} onChange={(v) => put({ resource: v ?? "", action: null })} />
        <Autocomplete aria-label="Action" placeholder="Action; the method if empty" data={actions.map((a) => a.key)} value={r.action ?? ""} onChange={(v) => put({ action: v || null })} />
        <NumberInput aria-label="Priority" placeholder="Priority" allowDecimal={false} value={r.priority ?? ""} onChange={(v) => put({ priority: v === "" ? null : Number(v) })} />
        <Checkbox label="regular expression" checked={r.url_type === "regex"} onChange={(e) => put({ url_type: e.currentTarget.checked ? "regex" : null })} />
      </div>
    </div>
  );
}

/** secretOf is a secret as its mechanism has it. */
function secretOf(d: Draft): string | Record<string, string> {
  if (d.mechanism !== "Headers") return d.secret;
  return JSON.parse(d.secret) as Record<string, string>;
}

function problemOf(m: UrlMapping | undefined, d: Draft): string | undefined {
  if (!d.key || !d.name.trim()) return "It needs a name and a key.";
  if (!m && !d.secret) return "It needs a secret.";
  if (m && m.auth_mechanism !== d.mechanism && !d.secret) return "Another way to sign in needs another secret.";
  if (d.mechanism === "Headers" && d.secret) {
    try {
      if (typeof JSON.parse(d.secret) !== "object") return "Headers are an object such as {\"X-Key\": \"…\"}.";
    } catch {
      return 'Headers are an object such as {"X-Key": "…"}.';
    }
  }
  if (d.rules.some((r) => !r.url || !r.resource)) return "Each rule needs a URL and a resource.";
  const twice = d.rules.find((r, i) => d.rules.findIndex((x) => idOf(x) === idOf(r)) !== i);
  return twice && `There are two rules for ${idOf(twice).slice(0, 60)}.`;
}

/** changes are the rules that go, and those that come or change. */
function changes(m: UrlMapping, d: Draft) {
  const was = new Map(m.mapping_rules.map((r) => [idOf(r), r]));
  const now = new Set(d.rules.map(idOf));
  return { gone: m.mapping_rules.filter((r) => !now.has(idOf(r))), put: d.rules.filter((r) => { const before = was.get(idOf(r)); return !before || text(before) !== text(r); }) };
}

/** placeOf is which of the rules that are sent a rule is; -1 if it is not sent. */
function placeOf(m: UrlMapping | undefined, d: Draft, r: RuleRow): number {
  if (!m) return d.rules.indexOf(r);
  const { gone, put } = changes(m, d);
  const at = put.indexOf(r);
  return at < 0 ? at : gone.length + at;
}

function differences(m: UrlMapping | undefined, d: Draft): Line[] {
  const leads = (r: UrlRule) => `needs ${r.resource}:${r.action || r.http_method}`;
  if (!m) return d.name || d.key ? [{ verb: "adds", of: "mapping", name: d.name || d.key }, ...d.rules.map((r): Line => ({ verb: "adds", of: "rule", name: idOf(r), note: leads(r) }))] : [];
  const was = new Set(m.mapping_rules.map(idOf));
  const { gone, put } = changes(m, d);
  return [
    ...(d.name !== m.name ? [{ verb: "changes", of: "the name to", name: d.name } as const] : []),
    ...(d.mechanism !== m.auth_mechanism ? [{ verb: "changes", of: "the way to sign in to", name: d.mechanism } as const] : []),
    ...(d.secret ? [{ verb: "changes", of: "the", name: "secret" } as const] : []),
    ...gone.map((r): Line => ({ verb: "removes", of: "rule", name: idOf(r) })),
    ...put.map((r): Line => ({ verb: was.has(idOf(r)) ? "changes" : "adds", of: "rule", name: idOf(r), note: leads(r) })),
  ];
}

function Gone({ mapping: m }: { mapping: UrlMapping }) {
  const changed = usePolicyChanged();
  const go = useNavigate();
  async function remove() {
    await call("delete", "/v2/facts/{proj}/{env}/proxy_configs/{config}", { params: { config: m.key } });
    await go({ to: "/policy/urls", ignoreBlocker: true });
    await changed();
  }
  return <Delete kind="URL mapping" name={m.name || m.key} goes={m.mapping_rules.length > 0 ? [`${m.mapping_rules.length} rules: gateways that ask about their URLs are told no`] : []} remove={remove} />;
}
