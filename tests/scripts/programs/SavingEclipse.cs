using System;
using System.IO;
using System.Reflection;
using System.Threading;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;

/// <summary>
/// An Eclipse that saves whenever a calculation begins, which the program in Python's place asks for by a file and waits for,
/// and when the script has ended: so that a kill leaves behind what no real plug-in could, plans half made. Arguments:
/// database, script, patient, course, plan, the file.
/// </summary>
public static class SavingEclipse
{
    private const int PauseMs = 10;

    public static int Main(string[] arguments)
    {
        MockSession session = MockSession.Open(arguments[0]);
        session.OpenPatient(arguments[2]);
        Assembly script = Assembly.LoadFrom(arguments[1]);
        Type type = script.GetType("VMS.TPS.Script");
        Action<ScriptContext> execute = (Action<ScriptContext>)Delegate.CreateDelegate(
            typeof(Action<ScriptContext>), Activator.CreateInstance(type), type.GetMethod("Execute"));
        Thread saver = new Thread(delegate()
        {
            while (true)
            {
                if (File.Exists(arguments[5]))
                {
                    session.Save(); // the script waits for its calculation meanwhile
                    File.Delete(arguments[5]);
                }
                Thread.Sleep(PauseMs);
            }
        });
        saver.IsBackground = true;
        session.Guard.BeginScript(script);
        ScriptContext context = session.CreateContext(arguments[3], arguments[4]);
        saver.Start();
        execute(context);
        session.Save();
        return 0;
    }
}
