using EsapiBridge.Mock;

/// <summary>Runs a sample on a plan and saves: DATABASE PATIENT COURSE PLAN.</summary>
internal static class RunAndSave
{
    private static void Main(string[] arguments)
    {
        MockSession session = MockSession.Open(arguments[0]);
        session.OpenPatient(arguments[1]);
        session.Guard.BeginScript(System.Reflection.Assembly.GetExecutingAssembly());
        new VMS.TPS.Script().Execute(session.CreateContext(arguments[2], arguments[3]));
        session.Save();
    }
}
