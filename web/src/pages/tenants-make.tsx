import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, faultOf } from "../api/client";
import { Naming } from "../parts/editor";

/** MakeTenant makes a tenant, such as a customer who is no organization of Logto. */
export function MakeTenant({ close }: { close(): void }) {
  const [tenant, setTenant] = useState({ key: "", name: "", description: "" });
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: () => call("post", "/v2/facts/{proj}/{env}/tenants", { body: { key: tenant.key, name: tenant.name.trim(), ...(tenant.description ? { description: tenant.description } : {}) } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["tenants"] });
      close();
    },
  });
  const change = (part: Partial<typeof tenant>) => {
    make.reset(); // what was wrong is being put right
    setTenant((was) => ({ ...was, ...part }));
  };
  const typed = Boolean(tenant.name || tenant.key || tenant.description); // which a slip must not lose
  return (
    <Modal opened onClose={close} closeOnClickOutside={!typed} closeOnEscape={!typed} withCloseButton={false} size="lg" attributes={{ content: { "aria-label": "Make a tenant" } }}>
      <form onSubmit={(e) => { e.preventDefault(); make.mutate(); }}>
        <Stack>
          <Text component="h2" fw={650} size="lg" m={0}>Make a tenant</Text>
          <Text size="sm">Roles are given in it then. Organizations of Logto become tenants by themselves.</Text>
          <Naming made={false} name={tenant.name} id={tenant.key} change={change} nameError={faultOf(make.error, "name")} keyError={faultOf(make.error, "key")} />
          <TextInput label="Description" value={tenant.description} onChange={(e) => change({ description: e.currentTarget.value })} error={faultOf(make.error, "description")} />
          {make.error && <Text role="alert" size="sm" c="var(--gh-deny)" style={{ overflowWrap: "anywhere" }}>{make.error.message}</Text>}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>Cancel</Button>
            <Button type="submit" loading={make.isPending} disabled={!tenant.name.trim() || !tenant.key}>Make it</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
