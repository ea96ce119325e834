import { Button, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { call, type Session } from "../api/client";
import { Brand } from "../shell";

/** SignIn signs in by a password, or by a link that works once and stands behind #. */
export function SignIn() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const queries = useQueryClient();
  const go = useNavigate();
  const followed = useRef("");

  async function enter(body: { email?: string; password?: string; link?: string }) {
    setBusy(true);
    setError("");
    try {
      const session: Session = await call("post", "/console/v1/session", { body, everywhere: true });
      queries.clear();
      queries.setQueryData(["session"], session);
      await go({ to: "/", replace: true });
    } catch (e) {
      setError(e instanceof Error ? e.message : String(e));
      setBusy(false);
    }
  }

  useEffect(() => {
    document.title = "Sign in · Gatehouse";
    const follow = () => {
      const link = location.hash.slice(1);
      if (!link || followed.current === link) return;
      followed.current = link;
      history.replaceState(null, "", location.pathname);
      void enter({ link });
    };
    follow();
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  });

  function submit(e: FormEvent) {
    e.preventDefault();
    void enter({ email, password });
  }

  return (
    <main className="sign-in">
      <Stack w="100%" maw={400} gap="lg">
        <Brand large />
        <Paper p="xl" shadow="sm">
          <form onSubmit={submit}>
            <Stack>
              <div>
                <Title order={1}>Sign in</Title>
                <Text c="dimmed" size="sm" mt={4}>to see and manage who may do what.</Text>
              </div>
              {error && <Text role="alert" size="sm" c="var(--gh-deny)" fw={550}>{capital(error)}.</Text>}
              <TextInput label="E-mail address" type="email" autoComplete="username" required value={email} onChange={(e) => setEmail(e.currentTarget.value)} />
              <PasswordInput label="Password" autoComplete="current-password" required value={password} onChange={(e) => setPassword(e.currentTarget.value)} visibilityToggleButtonProps={{ "aria-label": "Show the password" }} />
              <Button type="submit" loading={busy} fullWidth mt="xs">Sign in</Button>
            </Stack>
          </form>
        </Paper>
        <Text size="sm" c="dimmed">
          The first start of Gatehouse shows a password for the first administrator, admin@localhost unless it was told
          another. It is lost? Start once with GATEHOUSE_ADMIN_PASSWORD set to a new one.
        </Text>
      </Stack>
    </main>
  );
}

const capital = (s: string) => s.charAt(0).toUpperCase() + s.slice(1).replace(/\.$/, "");
