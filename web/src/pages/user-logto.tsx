import { Button, SegmentedControl, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../api/client";
import { Card, Failure, Waiting } from "../parts";
import { pretty } from "./pretty";

const parts = [{ value: "user", label: "User" }, { value: "organizations", label: "Organizations" }, { value: "roles", label: "Roles" }] as const;

/** InLogto asks Logto, when somebody wants it, what it says of a user. */
export function InLogto({ user }: { user: string }) {
  const [part, setPart] = useState<(typeof parts)[number]["value"]>("user");
  const raw = useQuery({ queryKey: ["raw", user], queryFn: ({ signal }) => call("get", "/console/v1/projects/{proj}/envs/{env}/logto/users/{user}", { params: { user }, signal }), enabled: false, retry: false });
  return (
    <Card title="In Logto" about="What Logto says of this user at this moment." aside={<Button size="compact-sm" variant="default" loading={raw.isFetching} onClick={() => void raw.refetch()}>{raw.data ? "Ask again" : "Ask Logto"}</Button>}>
      {raw.error ? <Failure error={raw.error} again={() => void raw.refetch()} /> : raw.data ? (
        <Stack gap="sm">
          <SegmentedControl aria-label="What Logto says" size="xs" data={[...parts]} value={part} onChange={(v) => setPart(v as typeof part)} />
          <pre className="json" dir="ltr" tabIndex={0} aria-label="What Logto says of it">{pretty(raw.data[part])}</pre>
        </Stack>
      ) : raw.isFetching && <Waiting rows={3} />}
    </Card>
  );
}
