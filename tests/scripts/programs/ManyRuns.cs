using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using EsapiBridge.Mock;
using EsapiBridge.MockEclipse;

/// <summary>
/// An Eclipse that outlives many runs of scripts: each line of input asks for one in JSON, "program", "arguments" and
/// "environment". What the program writes is followed by a line of <see cref="End"/> and its exit code. Variables of one run
/// are not those of the next.
/// </summary>
public static class ManyRuns
{
    private const char End = '\u001e';

    public static int Main()
    {
        string line;
        while ((line = Console.In.ReadLine()) != null)
        {
            Dictionary<string, object> wanted = (Dictionary<string, object>)Json.Parse(line);
            IDictionary before = Environment.GetEnvironmentVariables();
            foreach (KeyValuePair<string, object> variable in (Dictionary<string, object>)wanted["environment"])
            {
                Environment.SetEnvironmentVariable(variable.Key, (string)variable.Value);
            }
            int code = Run((string)wanted["program"], ((IEnumerable)wanted["arguments"]).Cast<string>().ToArray());
            foreach (string name in Environment.GetEnvironmentVariables().Keys)
            {
                Environment.SetEnvironmentVariable(name, (string)before[name]);
            }
            using (StreamWriter told = new StreamWriter(Console.OpenStandardOutput()))
            {
                told.Write("\n" + End + code + "\n");
            }
        }
        return 0;
    }

    private static int Run(string program, string[] arguments)
    {
        try
        {
            return program == "SaveAnyway" ? SaveAnyway.Run(arguments) : Program.Main(arguments);
        }
        catch (Exception error)
        {
            Console.Error.WriteLine(error);
            return 1;
        }
    }
}
