using System;
using System.Collections.Generic;
using EsapiBridge.Scripts;

/// <summary>Stands for Eclipse: starts Python as the scripts do, asks it for a job, and says whether it is still alive.</summary>
public static class Host
{
    public static int Main(string[] arguments)
    {
        Dictionary<string, object> answer = new Dictionary<string, object> { { "outcome", "works" } };
        try
        {
            Settings settings = Settings.Read(Installation.Folder);
            Bridge bridge = new Bridge(PythonHost.Start(settings), settings);
            bridge.Discard(bridge.NewJob().Id);
        }
        catch (BridgeException error)
        {
            answer["outcome"] = error.Code.ToString().ToLowerInvariant();
            answer["message"] = error.Message;
        }
        Console.WriteLine(Json.Write(answer));
        Console.Out.Flush();
        Environment.Exit(0);
        return 0;
    }
}
