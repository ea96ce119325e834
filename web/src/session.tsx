import { createContext, useContext } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { call, inEnvironment, type Session } from "./api/client";

export type Place = Session["environments"][number];

/** Who is signed in, and where. */
export interface Here {
  session: Session;
  place: Place;
  mayWrite: boolean;
  mayOwn: boolean;
  enter(id: string): void;
}

export const HereContext = createContext<Here | null>(null);

export function useHere(): Here {
  const here = useContext(HereContext);
  if (!here) throw new Error("useHere outside of the signed-in part");
  return here;
}

export function useSession() {
  return useQuery({ queryKey: ["session"], queryFn: ({ signal }) => call("get", "/console/v1/session", { everywhere: true, signal }), retry: false, staleTime: 60_000 });
}

const kept = "gatehouse-environment";

/** placeOf is the environment that was entered last, else the first. */
export function placeOf(session: Session): Place | undefined {
  let last: string | null = null;
  try {
    last = localStorage.getItem(kept);
  } catch {
    // storage is off
  }
  const place = session.environments.find((e) => e.id === last) ?? session.environments[0];
  if (place) inEnvironment(place.project_id, place.id);
  return place;
}

export function useEnter() {
  const queries = useQueryClient();
  return (id: string) => {
    try {
      localStorage.setItem(kept, id);
    } catch {
      // storage is off: it holds until the page is loaded again
    }
    location.assign("/dashboard/"); // nothing of one environment is left for another
    queries.clear();
  };
}
