import { Autocomplete, Button, Select, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPlus } from "../parts/icons";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../api/client";
import { Said } from "../parts";
import { LinkAnchor } from "../parts/links";
import { useResourceList } from "../queries";

/** A Way is how a thing may be related to one of another type. */
interface Way {
  /** the other thing is the subject, and this one the object */
  toThis: boolean;
  relation: string;
  other: string;
}

/** Relate adds a relationship of a thing. */
export function Relate({ node, type, tenant }: { node: string; type: string; tenant: string }) {
  const resources = useResourceList();
  const [at, setAt] = useState<string | null>(null);
  const [key, setKey] = useState("");
  const changed = useRelated();
  const ways: Way[] = (resources.data ?? []).flatMap((r) => Object.entries(r.relations).flatMap(([relation, x]) => [...(r.key === type ? [{ toThis: true, relation, other: x.resource }] : []), ...(x.resource === type ? [{ toThis: false, relation, other: r.key }] : [])]));
  const way = at === null ? undefined : ways[Number(at)];
  const other = `${way?.other}:${key}`;
  const body = way && { subject: way.toThis ? other : node, relation: way.relation, object: way.toThis ? node : other, tenant };
  const add = useMutation({
    mutationFn: async () => {
      if (body) await call("post", "/v2/facts/{proj}/{env}/relationship_tuples", { body });
    },
    onSuccess: async () => {
      setKey("");
      await changed();
    },
  });
  if (resources.data && ways.length === 0) return <Text size="sm" c="dimmed" px={20} pb="md">Its resource has no relations. Declare them at <LinkAnchor to="/policy/resources/$resource" params={{ resource: type }} size="sm" underline="always">Policy</LinkAnchor>.</Text>;
  return (
    <form className="relate" aria-label="Add a relationship" onSubmit={(e) => { e.preventDefault(); add.mutate(); }}>
      <Select aria-label="How they are related" placeholder="How they are related" data={ways.map((w, i) => ({ value: String(i), label: w.toThis ? `its ${w.relation.slice(0, 40)} is a ${w.other.slice(0, 40)}` : `it is the ${w.relation.slice(0, 40)} of a ${w.other.slice(0, 40)}` }))} value={at} onChange={setAt} />
      <Other type={way?.other} value={key} onChange={setKey} />
      <Button type="submit" variant="default" disabled={!way || !key} loading={add.isPending} leftSection={<IconPlus size={16} />}>Add</Button>
      {body && key && <Text size="sm" className="whole">Says: <Said mono>{body.subject}</Said> is the <strong><Said>{body.relation}</Said></strong> of <Said mono>{body.object}</Said>. What is not there is made in <Said>{tenant}</Said>.</Text>}
      {add.error && <Text size="sm" className="whole" role="alert" c="var(--gh-deny)">{add.error.message}</Text>}
    </form>
  );
}

/** useRelated has what relationships lead to read again. */
export function useRelated() {
  const queries = useQueryClient();
  return () => Promise.all(["tuples", "instances", "assignments"].map((k) => queries.invalidateQueries({ queryKey: [k] })));
}

function Other({ type, value, onChange }: { type: string | undefined; value: string; onChange(key: string): void }) {
  const [search] = useDebouncedValue(value, 200);
  const found = useQuery({
    queryKey: ["instances", "choices", type, search],
    queryFn: ({ signal }) => call("get", "/v2/facts/{proj}/{env}/resource_instances", { query: { resource: type, search, include_total_count: true, per_page: 8 }, signal }),
    placeholderData: keepPreviousData,
    enabled: type !== undefined,
  });
  return <Autocomplete aria-label={`Key of the ${type ?? "other thing"}`.slice(0, 80)} placeholder="Its key" disabled={!type} data={[...new Set(found.data?.data.map((i) => i.key))]} filter={({ options }) => options} value={value} onChange={onChange} />;
}
