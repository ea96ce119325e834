package logtosim

func (s *Sim) hookRoutes() []route { return nil }
