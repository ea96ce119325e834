import { TextInput, type TextInputProps } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useState } from "react";
import { IconSearch } from "./icons";

type Props = Pick<TextInputProps, "aria-label" | "placeholder" | "flex" | "w"> & {
  value: string | undefined;
  onSearch(text: string | undefined): void;
  /** without the glass, beside a field that has it */
  plain?: boolean;
};

/** SearchBox searches while somebody types, and follows the address where that is changed
 * elsewhere, such as by clearing all filters. */
export function SearchBox({ value = "", onSearch, plain, ...input }: Props) {
  const [text, setText] = useState(value);
  const [sent, setSent] = useState(value);
  const [seen, setSeen] = useState(value);
  if (value !== seen) {
    setSeen(value);
    if (value !== sent) {
      setText(value);
      setSent(value);
    }
  }
  const send = useDebouncedCallback((t: string) => {
    setSent(t);
    onSearch(t || undefined);
  }, 200);
  return <TextInput {...input} value={text} leftSection={plain ? undefined : <IconSearch size={16} aria-hidden />} onChange={(e) => { setText(e.currentTarget.value); send(e.currentTarget.value); }} />;
}
