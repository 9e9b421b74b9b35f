using System.Collections.Generic;

namespace EsapiBridge.Scripts
{
    /// <summary>The functions of <c>esapi_bridge.eclipse.bridge</c>: jobs are made, followed and fetched by them.</summary>
    public sealed class Bridge
    {
        private const string Module = "esapi_bridge.eclipse.bridge";
        private readonly PythonHost _python;
        private readonly string _settings;

        /// <summary>Makes the bridge of an installation.</summary>
        public Bridge(PythonHost python, Settings settings)
        {
            _python = python;
            _settings = settings.FilePath;
        }

        /// <summary>Makes an empty job folder that nobody looks at yet.</summary>
        public NewJob NewJob()
        {
            JsonObject answer = Call("new_job");
            return new NewJob(answer.Text("id"), answer.Text("folder"));
        }

        /// <summary>Hands a filled job folder to the worker, which is started if need be.</summary>
        public void Submit(string id, string task, Dictionary<string, object> options)
        {
            Call("submit", id, task, Json.Write(options));
        }

        /// <summary>Asks how a job is.</summary>
        public JobStatus Status(string id)
        {
            return new JobStatus(Call("status", id));
        }

        /// <summary>Ends a job.</summary>
        public void Cancel(string id)
        {
            Call("cancel", id);
        }

        /// <summary>Removes a job folder that was not submitted.</summary>
        public void Discard(string id)
        {
            Call("discard", id);
        }

        /// <summary>Checks the result of a job and says where it is.</summary>
        public JsonObject Result(string id)
        {
            return Call("result", id);
        }

        private JsonObject Call(string function, params string[] arguments)
        {
            List<string> all = new List<string> { _settings };
            all.AddRange(arguments);
            JsonObject answer = Json.Parse(_python.Call(Module, function, all.ToArray()));
            if (answer.Has("error"))
            {
                throw BridgeErrors.Read(answer, answer.Text("error"));
            }
            return answer;
        }
    }

    /// <summary>A job folder to fill.</summary>
    public sealed class NewJob
    {
        /// <summary>Makes the description of a job.</summary>
        public NewJob(string id, string folder)
        {
            Id = id;
            Folder = folder;
        }

        /// <summary>Name of the job.</summary>
        public string Id { get; private set; }

        /// <summary>Where it is while it is filled.</summary>
        public string Folder { get; private set; }
    }
}
