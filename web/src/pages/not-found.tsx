import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Empty } from "../parts";

export function NotFound() {
  return (
    <main>
      <h1 style={{ position: "absolute", left: -9999 }}>Not found</h1>
      <Empty title="There is no such page">
        The address may be of another version. <br />
        <Button component={Link} to="/" mt="md" variant="default">Go to the overview</Button>
      </Empty>
    </main>
  );
}
