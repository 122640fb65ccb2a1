/** What a team wants to see of a project again. */
import { at, get, patch, post, remove, type Page } from './client'

export interface SavedView {
  id: string
  name: string
  /** What stands behind the `?` of the project's page. */
  search: string
  username: string
  created_at: string
  updated_at: string
}

export const listViews = (entity: string, project: string) => get<Page<SavedView>>(`${at`/projects/${entity}/${project}/views`}?limit=200`)
export const saveView = (entity: string, project: string, view: { name: string; search: string }) => post<SavedView>(at`/projects/${entity}/${project}/views`, view)
export const changeView = (id: string, change: { name?: string; search?: string }) => patch<SavedView>(at`/views/${id}`, change)
export const deleteView = (id: string) => remove(at`/views/${id}`)
