import { Button, Code, Divider, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconArrowsExchange } from "../parts/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { call, type Session } from "../api/client";
import { signIn as route } from "../router";
import { Brand } from "../shell";

/** reasons are why Logto's word did not let somebody in. */
const reasons: Record<string, string> = {
  strange: "This sign-in was not begun in this browser, or is too old, or was used before. Begin it here again",
  declined: "Logto did not let you in. Begin again",
  unreachable: "Logto does not answer. Sign in with a password, or try again in a moment",
  untrusted: "What Logto answered does not hold, so nobody was let in. An administrator finds the cause in the log",
  unverified: "Logto vouches for no e-mail address of yours. Verify one in your account there, and begin again",
  stranger: "Nobody here has your e-mail address. An owner can add you at Settings",
};

/** SignIn signs in by a password, or by a link that works once and stands behind #. */
export function SignIn() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const queries = useQueryClient();
  const go = useNavigate();
  const followed = useRef("");
  const { refused } = route.useSearch();
  const ways = useQuery({ queryKey: ["ways"], queryFn: ({ signal }) => call("get", "/console/v1/sign-in", { everywhere: true, signal }), retry: false, staleTime: Infinity });

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
              {(error || refused) && <Text role="alert" size="sm" className="notice deny">{capital(error || reasons[refused ?? ""] || "Logto did not let you in. Begin again")}.</Text>}
              {ways.data?.logto && (
                <>
                  <Button component="a" href={ways.data.logto} variant="default" fullWidth leftSection={<IconArrowsExchange size={17} aria-hidden />}>Sign in with Logto</Button>
                  <Divider label="or" />
                </>
              )}
              <TextInput label="E-mail address" type="email" autoComplete="username" required withAsterisk={false} value={email} onChange={(e) => setEmail(e.currentTarget.value)} />
              <PasswordInput label="Password" autoComplete="current-password" required withAsterisk={false} value={password} onChange={(e) => setPassword(e.currentTarget.value)} visibilityToggleButtonProps={{ "aria-label": "Show the password" }} />
              <Button type="submit" loading={busy} fullWidth mt="xs">Sign in</Button>
            </Stack>
          </form>
        </Paper>
        <Text size="sm" c="dimmed">
          The first start of Gatehouse shows a password for the first administrator, admin@localhost unless it was told
          another. It is lost? Start once with <Code>GATEHOUSE_ADMIN_PASSWORD</Code> set to a new one.
        </Text>
      </Stack>
    </main>
  );
}

const capital = (s: string) => s.charAt(0).toUpperCase() + s.slice(1).replace(/\.$/, "");
