import { Select, Text, type SelectProps } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { fullName, Said } from ".";
import { call } from "../api/client";
import { useNames } from "../queries";

type Props = Pick<SelectProps, "label" | "aria-label" | "placeholder" | "required" | "leftSection" | "flex" | "clearable" | "clearButtonProps"> & {
  value: string | undefined;
  onChange(user: string | undefined): void;
};

/** UserChoice finds a user by name, address or key. A key that is whole may be chosen
 * though nobody has it: logs have users who are not there any more. */
export function UserChoice({ value, onChange, ...input }: Props) {
  const [typed, setTyped] = useState("");
  const name = useNames(value ? [value] : [])(value ?? "").name.slice(0, 80);
  const wanted = typed === name ? "" : typed.trim();
  const [search] = useDebouncedValue(wanted, 150);
  const found = useQuery({
    queryKey: ["users", "choices", search],
    queryFn: ({ signal }) => call("get", "/v2/facts/{proj}/{env}/users", { query: { search, per_page: 8 }, signal }),
  });
  const looking = wanted !== search || found.isPending; // and what was found before is not what is meant
  const people = new Map(found.data?.data.map((u) => [u.key, u]));
  const shown = looking ? [] : [...people.keys(), ...(search && !people.has(search) ? [search] : [])];
  const label = (key: string) => { const u = people.get(key); return (u ? fullName(u) : key).slice(0, 80); };
  const options = [...shown.map((key) => ({ value: key, label: key === value ? name : label(key) })), ...(value && !shown.includes(value) ? [{ value, label: name }] : [])];
  const erased = Boolean(input.clearable && value && typed === "");
  return (
    <Select
      {...input} searchable nothingFoundMessage={looking ? "Looking…" : "Nobody is here yet"} allowDeselect={false} maxDropdownHeight={380} data={options} value={value ?? null} onChange={(v) => onChange(v ?? undefined)} onSearchChange={setTyped}
      filter={({ options: all }) => all.filter((o) => "value" in o && shown.includes(o.value))}
      onBlur={() => erased && onChange(undefined)}
      onKeyDown={(e) => {
        if (e.key === "Enter" && erased) onChange(undefined);
        if (e.key !== "Enter" || wanted === "" || looking || e.currentTarget.getAttribute("aria-activedescendant")) return;
        e.preventDefault();
        onChange(shown[0]);
      }}
      renderOption={({ option }) => {
        const u = people.get(option.value);
        return (
          <div style={{ minWidth: 0 }}>
            <Text size="sm" truncate><Said>{u ? fullName(u) : option.label}</Said></Text>
            <Text size="xs" c="dimmed" truncate>{u ? <Said mono>{[u.email, u.key].filter((t) => t && t !== fullName(u)).join(" · ") || u.key}</Said> : "Whoever had this key"}</Text>
          </div>
        );
      }}
    />
  );
}
