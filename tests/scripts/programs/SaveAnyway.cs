using System;
using System.Reflection;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;

/// <summary>
/// A host that saves whatever a script left behind, even one that failed or was cancelled: what it took back half-heartedly
/// shows in the database. Arguments: database, script, patient, course, plan, how often (1 where left out).
/// </summary>
public static class SaveAnyway
{
    public static int Run(string[] arguments)
    {
        MockSession session = MockSession.Open(arguments[0]);
        session.OpenPatient(arguments[2]);
        Assembly script = Assembly.LoadFrom(arguments[1]);
        Type type = script.GetType("VMS.TPS.Script");
        MethodInfo method = type.GetMethod("Execute");
        Action<ScriptContext> execute = (Action<ScriptContext>)Delegate.CreateDelegate(
            typeof(Action<ScriptContext>), Activator.CreateInstance(type), method);
        int runs = arguments.Length > 5 ? int.Parse(arguments[5]) : 1;
        for (int run = 0; run < runs; run++)
        {
            session.Guard.BeginScript(script);
            execute(session.CreateContext(arguments[3], arguments[4]));
        }
        session.Save();
        session.ClosePatient();
        return 0;
    }
}
