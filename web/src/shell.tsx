import { ActionIcon, AppShell, Box, Burger, Center, Group, Loader, Menu, NavLink, ScrollArea, Select, Text, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconArrowsExchange, IconBuilding, IconChevronDown, IconFileDiff, IconHelpHexagon, IconHistory, IconHome, IconLock, IconLogout, IconMoon, IconPuzzle, IconSettings, IconSun, IconTable, IconUsers } from "./parts/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Link, Navigate, Outlet, useLocation } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import { ApiError, call } from "./api/client";
import { Failure } from "./parts";
import { HereContext, placeOf, useEnter, useSession } from "./session";

const Password = lazy(() => import("./pages/password").then((m) => ({ default: m.Password })));

const rooms = [
  { to: "/", label: "Overview", icon: IconHome },
  { heading: "Directory" },
  { to: "/users", label: "Users", icon: IconUsers },
  { to: "/tenants", label: "Tenants", icon: IconBuilding },
  { to: "/instances", label: "Resource instances", icon: IconPuzzle },
  { heading: "Access" },
  { to: "/policy", label: "Policy", icon: IconTable },
  { to: "/playground", label: "Playground", icon: IconHelpHexagon },
  { heading: "Activity" },
  { to: "/logto", label: "Logto", icon: IconArrowsExchange },
  { to: "/decisions", label: "Decisions", icon: IconHistory },
  { to: "/changes", label: "Changes", icon: IconFileDiff },
  { heading: "Administration" },
  { to: "/settings", label: "Settings", icon: IconSettings },
] as const;

const roles = { read: "Viewer", write: "Editor", admin: "Owner" } as const;

/** Shell is the frame of every page for who is signed in. */
export function Shell() {
  const session = useSession();
  const enter = useEnter();
  if (session.isPending) {
    return (
      <Center mih="100dvh">
        <Loader aria-label="Loading" />
      </Center>
    );
  }
  if (session.error instanceof ApiError && session.error.status === 401) return <Navigate to="/sign-in" replace />;
  if (session.error) {
    return (
      <Box p="xl" maw={640} mx="auto" component="main">
        <Failure error={session.error} again={() => void session.refetch()} />
      </Box>
    );
  }
  const place = placeOf(session.data);
  if (!place) {
    return (
      <Box p="xl" maw={640} mx="auto" component="main">
        <Failure error={new Error("No environment is granted to you. An owner can grant one with POST /v2/members.")} />
      </Box>
    );
  }
  const here = { session: session.data, place, mayWrite: place.access !== "read", mayOwn: place.access === "admin", enter };
  return (
    <HereContext.Provider value={here}>
      <Frame />
    </HereContext.Provider>
  );
}

function Frame() {
  const [open, { toggle, close }] = useDisclosure(false);
  const path = useLocation({ select: (l) => l.pathname });
  useEffect(close, [path, close]);
  return (
    <AppShell header={{ height: 58 }} navbar={{ width: 236, breakpoint: "sm", collapsed: { mobile: !open } }} padding={{ base: "md", sm: "xl" }}>
      <a className="skip" href="#content">Skip to the content</a>
      <Head open={open} toggle={toggle} />
      <AppShell.Navbar p="sm" aria-label="Main">
        <ScrollArea type="never">
          {rooms.map((room) =>
            "heading" in room ? (
              <Text key={room.heading} size="xs" fw={650} c="dimmed" px="sm" pt="md" pb={4}>{room.heading}</Text>
            ) : (
              <NavLink key={room.to} component={Link} to={room.to} label={room.label} leftSection={<room.icon size={18} stroke={1.7} aria-hidden />} active={room.to === "/" ? path === "/" : path.startsWith(room.to)} mb={2} />
            ),
          )}
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function Head({ open, toggle }: { open: boolean; toggle(): void }) {
  return (
    <AppShell.Header>
      <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="sm">
        <Group gap="sm" wrap="nowrap">
          <Burger opened={open} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={open ? "Close the menu" : "Open the menu"} />
          <Brand />
        </Group>
        <Group gap="xs" wrap="nowrap">
          <Environment />
          <Scheme />
          <Account />
        </Group>
      </Group>
    </AppShell.Header>
  );
}

export function Brand({ large }: { large?: boolean }) {
  return (
    <Group gap={10} wrap="nowrap">
      <img src="/dashboard/favicon.svg" alt="" width={large ? 36 : 26} height={large ? 36 : 26} />
      <Text fw={700} size={large ? "xl" : "md"} visibleFrom={large ? undefined : "xs"} style={{ letterSpacing: "-0.02em" }}>Gatehouse</Text>
    </Group>
  );
}

function Environment() {
  const session = useSession();
  const enter = useEnter();
  const place = session.data && placeOf(session.data);
  if (!session.data || !place) return null;
  return (
    <Select
      aria-label="Environment" w={{ base: 150, xs: 190 }} size="sm" allowDeselect={false} value={place.id}
      data={session.data.environments.map((e) => ({ value: e.id, label: e.name || e.key }))}
      onChange={(id) => id && id !== place.id && enter(id)} comboboxProps={{ width: 240, position: "bottom-end" }}
    />
  );
}

function Scheme() {
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme("light") === "dark";
  const label = dark ? "Use light colours" : "Use dark colours";
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size="lg" aria-label={label} onClick={() => setColorScheme(dark ? "light" : "dark")}>
        {dark ? <IconSun size={18} /> : <IconMoon size={18} />}
      </ActionIcon>
    </Tooltip>
  );
}

function Account() {
  const session = useSession();
  const queries = useQueryClient();
  const [changing, password] = useDisclosure(false);
  const place = session.data && placeOf(session.data);
  if (!session.data || !place) return null;
  const { email } = session.data;
  return (
    <>
    {changing && <Suspense><Password close={password.close} /></Suspense>}
    <Menu position="bottom-end" width={250}>
      <Menu.Target>
        <ActionIcon variant="default" size="lg" w="auto" px="xs" aria-label={`Account of ${email}`}>
          <Group gap={4} wrap="nowrap">
            <Text size="sm" fw={620} tt="uppercase">{email.slice(0, 1)}</Text>
            <IconChevronDown size={14} />
          </Group>
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Box px="sm" py="xs">
          <Text size="sm" fw={620} truncate>{email}</Text>
          <Text size="xs" c="dimmed">{roles[place.access]} in {place.name || place.key}</Text>
        </Box>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLock size={16} />} onClick={password.open}>Change the password</Menu.Item>
        <Menu.Item
          leftSection={<IconLogout size={16} />}
          onClick={() => {
            void call("delete", "/console/v1/session", { everywhere: true }).finally(() => {
              queries.clear();
              location.assign("/dashboard/sign-in");
            });
          }}
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
    </>
  );
}
